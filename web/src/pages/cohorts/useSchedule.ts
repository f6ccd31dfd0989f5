import { computed, type Ref, ref } from 'vue'

import { client, unwrap } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import { queries } from '@/api/query'

import { chunks, type Line, type Outcome } from './schedule'

const most = 2000 // lines that one request takes
const step = 200 // lines at a time when it is meant, so that progress is seen

/** Tries a schedule and then does it, part by part. What was said of a line holds until the
 * line is changed. */
export function useSchedule(lines: Ref<Line[]>) {
  const outcomes = ref(new Map<number, Outcome>())
  const problem = ref<Problem>()
  const busy = ref<'trying' | 'doing'>()
  const sent = ref(0)
  const total = ref(0)

  const tried = computed(() => lines.value.length > 0 && lines.value.every((l) => outcomes.value.has(l.id)))
  const ready = computed(() => lines.value.filter((l) => is(l, 'added', false)))
  const counts = computed(() => ({
    ready: ready.value.length,
    done: lines.value.filter((l) => is(l, 'added', true)).length,
    same: lines.value.filter((l) => is(l, 'same')).length,
    refused: lines.value.filter((l) => is(l, 'refused')).length,
  }))

  function is(l: Line, outcome: Outcome['outcome'], done?: boolean): boolean {
    const o = outcomes.value.get(l.id)
    return o?.outcome === outcome && (done === undefined || o.done === done)
  }

  /** Sends parts until one fails; what was answered so far stays. */
  async function send(parts: Line[][], dry: boolean): Promise<void> {
    busy.value = dry ? 'trying' : 'doing'
    problem.value = undefined
    sent.value = 0
    total.value = parts.reduce((n, p) => n + p.length, 0)
    try {
      for (const part of parts) {
        const rows = part.map(({ school, cohort }) => ({ school, cohort }))
        const result = await unwrap(client.POST('/api/v1/cohort-schedule', { body: { dry, rows } }))
        part.forEach((l, i) => outcomes.value.set(l.id, { ...result.rows[i]!, done: !dry }))
        sent.value += part.length
      }
    } catch (e) {
      problem.value = asProblem(e)
    } finally {
      busy.value = undefined
    }
  }

  async function tryAll(): Promise<void> {
    outcomes.value.clear()
    await send(chunks(lines.value, most), true)
  }

  /** Plans what can be planned; again after an interruption, only what is left. */
  async function run(): Promise<void> {
    await send(chunks(ready.value, step), false)
    void queries.invalidateQueries({ queryKey: ['cohorts'] })
  }

  function forget(id: number): void {
    outcomes.value.delete(id)
  }

  return { outcomes, problem, busy, sent, total, tried, ready, counts, tryAll, run, forget }
}
