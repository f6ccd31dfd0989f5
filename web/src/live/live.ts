import { readonly, ref, watch, type WatchHandle } from 'vue'

import { queries } from '@/api/query'
import { changedSince, lastChange } from '@/api/renewal'
import { Refresher } from '@/live/apply'
import { type Call, Exchange, type Listener } from '@/live/exchange'
import type { Note } from '@/live/source'
import { useSession } from '@/session'

const state = ref<boolean>()
/** Whether changes arrive by themselves, undefined as long as that is not known. */
export const live = readonly(state)

const refresher = new Refresher(queries)
let line: ((c: Call) => void) | undefined
let watching: WatchHandle | undefined

/** Listens while somebody is signed in. */
export function startLive(): void {
  const session = useSession()
  watching ??= watch(
    () => (session.ended || session.me?.must_change ? undefined : session.me?.id),
    (user) => (user ? listen(user) : leave()),
    { immediate: true },
  )
  addEventListener('pagehide', leave)
  addEventListener('pageshow', resume)
}

export function stopLive(): void {
  watching?.()
  watching = undefined
  removeEventListener('pagehide', leave)
  removeEventListener('pageshow', resume)
  leave()
}

let heardWith: string | undefined

function listen(user: string): void {
  heardWith = lastChange()
  line ??= connect(hear)
  line({ kind: 'listen', user })
}

function leave(): void {
  line?.({ kind: 'leave' })
  refresher.stop()
  state.value = undefined
}

// Out of the back-forward cache.
function resume(e: PageTransitionEvent): void {
  const session = useSession()
  if (e.persisted && session.me && !session.ended) listen(session.me.id)
}

function hear(n: Note): void {
  const session = useSession()
  if (n.kind === 'change') refresher.take(n.change)
  else if (n.kind === 'state') state.value = n.live
  else if (n.kind === 'ended') void over()
  else {
    if (n.kind === 'reset') void session.load().catch(() => undefined)
    refresher.all()
  }
}

// The stream may have been refused with a cookie that another has taken the place of.
async function over(): Promise<void> {
  const session = useSession()
  if (!(await changedSince(heardWith)) || (await nobody())) session.ended = session.me !== undefined
  else if (session.me && !session.ended) listen(session.me.id)
}

async function nobody(): Promise<boolean> {
  const answer = await fetch('/api/v1/me', { cache: 'no-store' }).catch(() => undefined)
  await answer?.text().catch(() => undefined) // so that the request is over
  return answer?.status === 401
}

/** A line to the exchange that all tabs share, or to one of this tab's own where browsers
 * lack shared workers. */
function connect(hear: (n: Note) => void): (c: Call) => void {
  if (typeof SharedWorker !== 'undefined') {
    const { port } = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'zx-live' })
    port.onmessage = (m: MessageEvent<Note>) => hear(m.data)
    return (c) => port.postMessage(c)
  }
  const exchange = new Exchange()
  const self: Listener = { postMessage: hear }
  addEventListener('online', () => exchange.wake())
  return (c) => exchange.take(self, c)
}
