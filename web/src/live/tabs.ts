import { watch } from 'vue'
import type { Router } from 'vue-router'

import { useSession } from '@/session'

/** What the tabs of a browser, who share one session, tell each other. */
type Word = { kind: 'in'; user: string } | { kind: 'out' }

/** Keeps the tabs together: who signs in or out in one does so in all. */
export function joinTabs(router: Router): void {
  if (typeof BroadcastChannel === 'undefined') return
  const session = useSession()
  const channel = new BroadcastChannel('zx.session')

  watch(() => (session.ended ? undefined : session.me?.id), (user) => {
    if (user) channel.postMessage({ kind: 'in', user } satisfies Word)
    else if (!session.ended) channel.postMessage({ kind: 'out' } satisfies Word)
  })

  channel.onmessage = async (m: MessageEvent<Word>) => {
    const word = m.data
    if (word.kind === 'out') {
      // A page that asks to sign in again keeps its text.
      if (!session.me || session.ended) return
      session.forget()
      await router.push({ name: 'login' })
      return
    }
    const before = session.me?.id
    if (before === word.user && !session.ended) return
    await session.resume().catch(() => undefined)
    if (!session.me || session.me.id === before) return
    // Nothing of one person stays open for another.
    const to = router.currentRoute.value.query.to
    await router.replace(before === undefined && typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : { name: 'home' })
  }
}
