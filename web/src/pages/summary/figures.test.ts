import { describe, expect, it } from 'vitest'

import { type Area, areaFigures, door, share } from '@/pages/summary/figures'

const area = { org: { id: 'd1', name: '天河区' }, schools: 4, not_started: 1, started: 3, open: 2, closed: 1, overdue: 1, returned: 0, stuck: 1, behind: 1, orphaned: 0, passed: 1, failed: 0, stages: {} } as Area
const figure = (key: string) => areaFigures(20).find((f) => f.key === key)!

describe('figures of a summary', () => {
  it.each([
    ['overdue', { name: 'board', query: { district_id: 'd1', cohort_id: 'c', overdue: '1' } }],
    ['stuck', { name: 'board', query: { district_id: 'd1', cohort_id: 'c', stuck_days: '20' } }],
    ['started', { name: 'board', query: { district_id: 'd1', cohort_id: 'c' } }],
    ['not_started', { name: 'not-started', query: { district_id: 'd1', cohort_id: 'c' } }],
    ['returned', undefined],
    ['schools', undefined],
  ])('%s opens the list that it counts', (key, to) => {
    expect(door(figure(key), area, { district_id: 'd1', cohort_id: 'c' })).toEqual(to)
  })
  it('says shares with one decimal, and none of nothing', () => {
    expect([share(1, 3), share(2, 2), share(0, 0)]).toEqual(['33.3%', '100%', ''])
  })
})
