import { type InvalidateQueryFilters, QueryClient } from '@tanstack/vue-query'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { Refresher } from '@/live/apply'

let queries: QueryClient
let refreshed: unknown[]
let r: Refresher

beforeEach(() => {
  vi.useFakeTimers()
  queries = new QueryClient()
  refreshed = []
  vi.spyOn(queries, 'invalidateQueries').mockImplementation((f) => {
    refreshed.push((f as InvalidateQueryFilters | undefined)?.queryKey ?? 'all')
    return Promise.resolve()
  })
  r = new Refresher(queries)
  return () => vi.useRealTimers()
})

describe('Refresher', () => {
  it.each([
    [{ topic: 'records' as const, case_id: 'c1' }, [['case', 'c1']]],
    [{ topic: 'tasks' as const }, [['tasks']]],
    [{ topic: 'notice' as const }, [['notices'], ['tasks', 'counts']]],
    [{ topic: 'alarm' as const }, [['alarms']]],
    [{ topic: 'cohort' as const }, [['cohorts'], ['progress'], ['dashboard']]],
    [{ topic: 'case' as const, case_id: 'c1' }, [['case', 'c1'], ['progress'], ['dashboard']]],
  ])('%o', (change, keys) => {
    r.take(change)
    vi.advanceTimersByTime(200)
    expect(refreshed).toEqual(keys)
  })

  it('reads once what changed several times in a moment', () => {
    for (let i = 0; i < 50; i++) r.take({ topic: 'records', case_id: 'c1' })
    r.take({ topic: 'records', case_id: 'c2' })
    vi.advanceTimersByTime(200)
    expect(refreshed).toEqual([['case', 'c1'], ['case', 'c2']])
  })

  it('reads lists over many cases every five seconds at most, and once more at the end', () => {
    for (let ms = 0; ms < 20_000; ms += 250) {
      r.take({ topic: 'case', case_id: 'c1' })
      vi.advanceTimersByTime(250)
    }
    vi.advanceTimersByTime(5000)
    const lists = refreshed.filter((k) => (k as string[])[0] === 'progress')
    expect(lists.length).toBeGreaterThanOrEqual(4)
    expect(lists.length).toBeLessThanOrEqual(5)
    refreshed = []
    r.take({ topic: 'case', case_id: 'c1' })
    vi.advanceTimersByTime(5000)
    expect(refreshed).toContainEqual(['progress'])
  })

  it('forgets what it planned when everything is read', () => {
    r.take({ topic: 'tasks' })
    r.all()
    vi.advanceTimersByTime(60_000)
    expect(refreshed).toEqual(['all'])
  })
})
