import { describe, expect, it } from 'vitest'

import { cohortFor, going, type Import, nextStep, outcome, share } from './words'

const base: Import = {
  id: '1', kind: 'teachers', kind_name: '教师名册', file_name: 'a.xlsx', file_size: 1, status: 'checked', status_name: '待导入',
  total: 10, processed: 10, created: 4, changed: 1, same: 5, bad: 0, started_by: '甲', started_at: '2026-09-07T01:00:00Z', passwords: false, mine: false, own: true,
}

describe('words of imports', () => {
  it('says what would come of a sheet, and what came of it', () => {
    expect(outcome(base)).toBe('共 10 行：将新建 4，将更新 1，不变 5。')
    expect(outcome({ ...base, applied_at: '2026-09-07T01:00:00Z', bad: 2, same: 3 })).toBe('共 10 行：新建 4，更新 1，不变 3，有错误 2。')
  })
  it('tells what to do next', () => {
    expect(nextStep(base)).toContain('全部导入')
    expect(nextStep({ ...base, created: 0, changed: 0 })).toContain('无需导入')
    expect(nextStep({ ...base, bad: 10 })).toContain('没有可以导入的行')
    expect(nextStep({ ...base, bad: 1 })).toContain('先导入正确的行')
    expect(nextStep({ ...base, status: 'lost' })).toContain('重试')
  })
  it('shows progress that is full only at the end', () => {
    expect(share({ processed: 0, total: 0 })).toBe(0)
    expect(share({ processed: 20402, total: 20403 })).toBe(99)
    expect(share({ processed: 20403, total: 20403 })).toBe(100)
    expect(going({ status: 'applying' })).toBe(true)
    expect(going({ status: 'lost' })).toBe(false)
  })
  it('asks for a cohort where the sheet needs one', () => {
    expect([cohortFor('groups'), cohortFor('teachers'), cohortFor('schools'), cohortFor(undefined)]).toEqual(['required', 'optional', 'none', 'none'])
  })
})
