import { describe, expect, it } from 'vitest'

import { weeks } from './months'

describe('weeks of a month', () => {
  it('begins on Monday: 1 November 2026 is a Sunday', () => {
    const w = weeks(2026, 11)
    expect(w).toHaveLength(6)
    expect(w[0]!.slice(0, 6)).toEqual(Array(6).fill(undefined))
    expect(w[0]![6]).toEqual({ date: '2026-11-01', day: 1, weekend: true })
    expect(w[1]![0]).toEqual({ date: '2026-11-02', day: 2, weekend: false })
  })
  it('knows leap years', () => {
    expect(weeks(2028, 2).flat().filter(Boolean)).toHaveLength(29)
    expect(weeks(2027, 2).flat().filter(Boolean)).toHaveLength(28)
  })
  it('fills whole weeks', () => {
    for (let m = 1; m <= 12; m++) expect(weeks(2026, m).every((w) => w.length === 7)).toBe(true)
  })
})
