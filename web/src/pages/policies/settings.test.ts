import { describe, expect, it } from 'vitest'

import { bySection, deadlines, differences, type Setting } from './settings'

const s = (path: string, value: unknown): Setting => ({ path, title: path, value, level: 'base', source: '' }) as Setting

describe('policy settings', () => {
  it('stand under their headings', () => {
    expect(bySection([s('hours.target', 250), s('gates.b_num', 95), s('hours.cap', 250), s('new', 1)]).map((g) => [g.title, g.rows.length])).toEqual([['学时', 2], ['达标线', 1], ['其他', 1]])
    expect(bySection([s('deadlines.team.days', 5), s('team.min', 3)]).map((g) => g.title)).toEqual(['团队', '期限'])
    expect(bySection([s('deadlines.filing.days', 5), s('deadlines.team.days', 5), s('deadlines.team.escalate', [])])[0]!.rows.map((r) => r.path)).toEqual(['deadlines.team.days', 'deadlines.team.escalate', 'deadlines.filing.days'])
  })
  it('gather the deadlines by stage, in the order of the lifecycle', () => {
    const lines = deadlines([s('deadlines.filing.days', 10), s('deadlines.team.escalate', [3, 5]), s('deadlines.team.days', 5)])
    expect(lines.map((l) => [l.stage, l.days?.value, l.escalate?.value])).toEqual([['team', 5, [3, 5]], ['filing', 10, undefined]])
  })
  it('differ where a value differs, appears or is gone', () => {
    const d = differences([s('a', 1), s('b', [1, 2]), s('c', 3)], [s('a', 1), s('b', [2, 1]), s('d', 4)])
    expect(d.map((x) => [x.path, x.before, x.after])).toEqual([['b', [1, 2], [2, 1]], ['c', 3, undefined], ['d', undefined, 4]])
  })
})
