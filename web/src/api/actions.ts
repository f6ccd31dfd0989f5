import { defineStore } from 'pinia'
import { computed, ref, type MaybeRefOrGetter, toValue } from 'vue'

import { client, randomKey, type Schemas, unwrap } from './client'
import { asProblem, Problem, problemOf } from './problem'
import { caseChanged } from './query'

export type Kind = Schemas['ActionKind']
export type ActionBody = Schemas['ActionRequest']

/** An action that was accepted (202) and not yet decided. */
interface Pending {
  actionId: string
  caseId: string
  kind: Kind
  message: string
}

const storageKey = 'zx.pending'
const delays = [500, 1000, 2000, 3000, 5000]

/** Follows every accepted action until it is decided, whatever page is shown, also after a
 * reload. */
export const usePending = defineStore('pending', () => {
  const items = ref<Pending[]>([])
  const refused = ref<{ caseId: string; problem: Problem }[]>([])

  function follow(p: Pending): Promise<Problem | undefined> {
    items.value.push(p)
    save()
    return poll(p).finally(() => {
      items.value = items.value.filter((i) => i.actionId !== p.actionId)
      if (sessionStorage.getItem(storageKey) !== null) save()
      caseChanged(p.caseId)
    })
  }

  async function poll(p: Pending): Promise<Problem | undefined> {
    for (let turn = 0; ; turn++) {
      await wait(delays[Math.min(turn, delays.length - 1)]!)
      try {
        const params = { path: { actionId: p.actionId } }
        const s = await unwrap(client.GET('/api/v1/actions/{actionId}', { params }))
        if (s.status === 'accepted') return undefined
        if (s.status === 'refused') return refusal(p, s)
      } catch (e) {
        // The line or the engine may be away for a while; the action is not lost. An
        // action that is not ours (404) is no longer followed.
        if ([403, 404].includes(asProblem(e).status)) return asProblem(e)
      }
    }
  }

  function refusal(p: Pending, s: Schemas['ActionStatus']): Problem {
    const problem = new Problem({
      status: 409,
      code: s.code ?? 'refused',
      title: '没有办成',
      detail: s.message ?? '办理没有被接受。',
      field: s.field,
    })
    refused.value.push({ caseId: p.caseId, problem })
    return problem
  }

  function save(): void {
    sessionStorage.setItem(storageKey, JSON.stringify(items.value))
  }

  /** Goes on with what was pending before the page was loaded anew. */
  function resume(): void {
    const left = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]') as Pending[]
    for (const p of left) void follow(p)
  }

  /** Forgets everything: what was one person's is nobody else's. */
  function clear(): void {
    items.value = []
    refused.value = []
    sessionStorage.removeItem(storageKey)
  }

  function dismiss(problem: Problem): void {
    refused.value = refused.value.filter((r) => r.problem !== problem)
  }

  return { items, refused, follow, resume, dismiss, clear }
})

type Taken = (caseId: string, kind: Kind) => void
const takenListeners = new Set<Taken>()
/** Tells of every action of this page that took effect. */
export function onTaken(listen: Taken): () => void {
  takenListeners.add(listen)
  return () => takenListeners.delete(listen)
}

/** Takes actions of one case. A request whose answer was lost is sent again under the same
 * key, so it is done once. */
export function useAction(caseId: MaybeRefOrGetter<string>) {
  const busy = ref(false)
  const problem = ref<Problem>()
  const pending = usePending()
  const accepted = computed(() => pending.items.filter((i) => i.caseId === toValue(caseId)))
  let last = { sent: '', key: '' }

  /** True when it was done or accepted; the reason is in `problem` otherwise. */
  async function take(kind: Kind, body: ActionBody): Promise<boolean> {
    busy.value = true
    problem.value = undefined
    const id = toValue(caseId)
    const sent = JSON.stringify([id, kind, body])
    if (last.sent !== sent) last = { sent, key: randomKey() }
    try {
      const { data, error, response } = await client.POST('/api/v1/cases/{caseId}/actions/{kind}', {
        params: { path: { caseId: id, kind }, header: { 'Idempotency-Key': last.key } },
        body,
      })
      if (!response.ok || !data) throw problemOf(error, response)
      last = { sent: '', key: '' }
      if ('href' in data) {
        const waited = await pending.follow({ actionId: data.action_id, caseId: id, kind, message: data.message })
        if (waited) throw waited
      }
      caseChanged(id)
      for (const listen of takenListeners) listen(id, kind)
      return true
    } catch (e) {
      problem.value = asProblem(e)
      if (!problem.value.offline) last = { sent: '', key: '' }
      if (problem.value.status === 409) caseChanged(id) // show what it is now
      return false
    } finally {
      busy.value = false
    }
  }

  return { take, busy, problem, accepted }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
