import { describe, expect, it } from 'vitest'

import { bySection, differences, type Setting } from './settings'

const s = (path: string, value: unknown): Setting => ({ path, title: path, value, level: 'base', source: '' }) as Setting

describe('policy settings', () => {
  it('stand under their headings', () => {
    expect(bySection([s('hours.target', 250), s('gates.b_num', 95), s('hours.cap', 250), s('new', 1)]).map((g) => [g.title, g.rows.length])).toEqual([['学时', 2], ['达标线', 1], ['其他', 1]])
  })
  it('differ where a value differs, appears or is gone', () => {
    const d = differences([s('a', 1), s('b', [1, 2]), s('c', 3)], [s('a', 1), s('b', [2, 1]), s('d', 4)])
    expect(d.map((x) => [x.path, x.before, x.after])).toEqual([['b', [1, 2], [2, 1]], ['c', 3, undefined], ['d', undefined, 4]])
  })
})
