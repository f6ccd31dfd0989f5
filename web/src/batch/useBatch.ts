import { computed, ref, shallowRef } from 'vue'

import { usePending } from '@/api/actions'
import { client, randomKey, type Schemas, unwrap } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import { queries } from '@/api/query'
import { type BatchKind, type Item, judge, parts, type Target } from '@/batch/judge'

/** How many rows go with one request, so that progress is seen. */
const perRequest = 20
/** How many cases are looked at at once. */
const width = 4

export type Extra = Pick<Schemas['BatchRequest'], 'comment' | 'until' | 'user'>

export interface Ready { target: Target; item: Item }

/** What became of a row; `lost` is a request whose answer did not arrive. */
export interface Outcome {
  target: Target
  status: Schemas['BatchOutcome']['status'] | 'lost'
  message?: string
}

interface Part { key: string; rows: Ready[]; extra: Extra }

/** Takes one action on many rows: first looks at what is possible, then does it part by
 * part and keeps what became of each row. */
export function useBatch(kind: BatchKind) {
  const checking = ref(0)
  const running = ref(0)
  const total = ref(0)
  const ready = ref<Ready[]>([])
  const hindered = ref<{ target: Target; reason: string }[]>([])
  const outcomes = ref<Outcome[]>([])
  const phase = ref<'checking' | 'ready' | 'running' | 'done'>('checking')
  const problem = shallowRef<Problem>()
  let lost: Part[] = []
  let left = false

  const failed = computed(() => outcomes.value.filter((o) => o.status === 'refused' || o.status === 'lost'))

  async function check(targets: Target[]): Promise<void> {
    phase.value = 'checking'
    problem.value = undefined
    checking.value = 0
    total.value = targets.length
    const said: (Item | string)[] = new Array(targets.length)
    const queue = targets.map((_, i) => i)
    await Promise.all(Array.from({ length: width }, async () => {
      for (let i = queue.shift(); i !== undefined && !left; i = queue.shift()) {
        said[i] = await look(targets[i]!)
        checking.value++
      }
    }))
    if (left) return
    sort(targets, said)
    phase.value = 'ready'
  }

  async function look(target: Target): Promise<Item | string> {
    try {
      const view = await unwrap(client.GET('/api/v1/cases/{caseId}', { params: { path: { caseId: target.caseId } } }))
      return judge(kind, target, view)
    } catch (e) {
      return asProblem(e).message
    }
  }

  function sort(targets: Target[], said: (Item | string)[]): void {
    const seen = new Set<string>()
    ready.value = []
    hindered.value = []
    targets.forEach((target, i) => {
      const item = said[i]!
      if (typeof item === 'string') return hindered.value.push({ target, reason: item })
      const id = `${item.case_id}/${item.visit}`
      if (seen.has(id)) return hindered.value.push({ target, reason: '与所选的另一行是同一项待办。' })
      seen.add(id)
      return ready.value.push({ target, item })
    })
  }

  /** Does what is ready. */
  async function run(extra: Extra): Promise<void> {
    await send(parts(ready.value, perRequest).map((rows) => ({ key: randomKey(), rows, extra })))
  }

  /** Tries again what was not done: a lost request as it was, under its own key; refused
   * rows as their cases are now. */
  async function retry(extra: Extra): Promise<void> {
    const again = lost
    const refused = outcomes.value.filter((o) => o.status === 'refused').map((o) => o.target)
    const kept = outcomes.value.filter((o) => o.status === 'accepted' || o.status === 'pending')
    await check(refused)
    const blocked = hindered.value.map((h): Outcome => ({ target: h.target, status: 'refused', message: h.reason }))
    outcomes.value = [...kept, ...blocked]
    hindered.value = []
    await send([...again, ...parts(ready.value, perRequest).map((rows) => ({ key: randomKey(), rows, extra }))])
  }

  async function send(all: Part[]): Promise<void> {
    phase.value = 'running'
    lost = []
    running.value = 0
    total.value = all.reduce((n, p) => n + p.rows.length, 0)
    for (const part of all) {
      await sendPart(part)
      running.value += part.rows.length
    }
    phase.value = 'done'
    for (const queryKey of [['case'], ['tasks'], ['progress'], ['notices']]) void queries.invalidateQueries({ queryKey })
  }

  async function sendPart(part: Part): Promise<void> {
    try {
      const result = await unwrap(client.POST('/api/v1/batches/{kind}', {
        params: { path: { kind }, header: { 'Idempotency-Key': part.key } },
        body: { ...part.extra, items: part.rows.map((r) => r.item) },
      }))
      part.rows.forEach((row, i) => note(row.target, result.items[i]!))
    } catch (e) {
      const p = asProblem(e)
      const unknown = p.offline || p.status >= 500
      if (unknown) lost.push(part)
      if (p.field) problem.value = p
      outcomes.value.push(...part.rows.map(({ target }): Outcome => ({ target, status: unknown ? 'lost' : 'refused', message: p.message })))
    }
  }

  function note(target: Target, got: Schemas['BatchOutcome']): void {
    outcomes.value.push({ target, status: got.status, message: got.message })
    const outcome = outcomes.value.at(-1)!
    if (got.status !== 'pending' || !got.action_id) return
    void usePending().follow({ actionId: got.action_id, caseId: target.caseId, kind, message: '' }).then((refusal) => {
      outcome.status = refusal ? 'refused' : 'accepted'
      outcome.message = refusal?.message
      if (refusal) usePending().dismiss(refusal)
    })
  }

  /** The dialog is gone: what is under way goes on, nothing more is looked at. */
  function leave(): void {
    left = true
  }

  return { check, run, retry, leave, phase, checking, running, total, ready, hindered, outcomes, failed, problem }
}
