import { describe, expect, it } from 'vitest'

import { marked, range, readCsv } from './editing'

describe('calendar editing', () => {
  it('marks ranges, and only weekends as working days', () => {
    expect(range('2026-02-27', '2026-03-01')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
    const days = marked([{ date: '2026-03-02', kind: 'holiday', name: '假' }], range('2026-02-27', '2026-03-02'), 'break', '停课')
    expect(days.map((d) => [d.date, d.kind])).toEqual([['2026-02-27', 'break'], ['2026-02-28', 'break'], ['2026-03-01', 'break'], ['2026-03-02', 'break']])
    expect(marked([], range('2026-02-27', '2026-03-02'), 'workday', 'x').map((d) => d.date)).toEqual(['2026-02-28', '2026-03-01'])
    expect(marked(days, range('2026-02-27', '2026-03-01'), 'plain', '')).toHaveLength(1)
  })
  it('reads lines of a sheet and tells which it cannot read', () => {
    const r = readCsv('\ufeff日期,结束,类型,名称\r\n2026-01-31,2026-02-01,寒假,寒假\n2026-02-14,调休上班\n2026/03/01,停课,台风\n2026-03-02,休息,x\n\n')
    expect(r.days).toEqual([
      { date: '2026-01-31', kind: 'break', name: '寒假' }, { date: '2026-02-01', kind: 'break', name: '寒假' }, { date: '2026-02-14', kind: 'workday', name: '调休上班' },
    ])
    expect(r.wrong).toHaveLength(2)
    expect(r.wrong[0]).toContain('第 4 行')
  })
})
