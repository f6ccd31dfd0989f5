import type { QueryClient, QueryKey } from '@tanstack/vue-query'

import type { Change } from '@/live/source'

/** Several changes in a moment are read once. */
const moment = 200
/** Lists over many cases change with each of them; they are not read more often. */
const pause = 5000

/** Which kept answers a change makes old; `slow` ones are costly to read. */
export function touched(c: Change): { keys: QueryKey[]; slow: QueryKey[] } {
  switch (c.topic) {
    case 'case':
      return { keys: [['case', c.case_id]], slow: [['progress'], ['dashboard']] }
    case 'records':
      return { keys: [['case', c.case_id]], slow: [] }
    case 'tasks':
      return { keys: [['tasks']], slow: [] }
    case 'notice':
      return { keys: [['notices'], ['tasks', 'counts']], slow: [] }
    case 'cohort':
      return { keys: [['cohorts']], slow: [['progress'], ['dashboard']] }
    case 'alarm':
      return { keys: [['alarms']], slow: [] }
    default: // of a newer server
      return { keys: [], slow: [] }
  }
}

/** Refreshes what is shown and marks old what is not. */
export class Refresher {
  private readonly due = new Map<string, { key: QueryKey; timer: ReturnType<typeof setTimeout> }>()
  private readonly done = new Map<string, number>()

  constructor(private readonly queries: QueryClient, private readonly now: () => number = Date.now) {}

  take(c: Change): void {
    const { keys, slow } = touched(c)
    for (const key of keys) this.plan(key, moment)
    for (const key of slow) {
      const last = this.done.get(JSON.stringify(key)) ?? -Infinity
      this.plan(key, Math.max(moment, last + pause - this.now()))
    }
  }

  all(): void {
    this.stop()
    this.invalidate()
  }

  stop(): void {
    for (const { timer } of this.due.values()) clearTimeout(timer)
    this.due.clear()
  }

  private plan(key: QueryKey, delay: number): void {
    const name = JSON.stringify(key)
    if (this.due.has(name)) return
    const timer = setTimeout(() => {
      this.due.delete(name)
      this.done.set(name, this.now())
      this.invalidate(key)
    }, delay)
    this.due.set(name, { key, timer })
  }

  // A hidden tab reads again when it is looked at.
  private invalidate(queryKey?: QueryKey): void {
    void this.queries.invalidateQueries({ queryKey, refetchType: document.hidden ? 'none' : 'active' })
  }
}
