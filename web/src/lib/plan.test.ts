import { describe, expect, it } from 'vitest'

import { planWords } from '@/lib/plan'

describe('planWords', () => {
  it.each([
    [{ behind: 8, percent: 118 }, '落后 8 工作日（118%）', 'behind'],
    [{ behind: -3, percent: 80 }, '提前 3 工作日（80%）', 'ahead'],
    [{ behind: 0, percent: 95 }, '按计划（95%）', 'even'],
  ])('%j', (plan, text, tone) => {
    expect(planWords(plan)).toEqual({ text, tone })
  })
})
