import { describe, expect, it } from 'vitest'

import type { Schemas } from '@/api/client'
import { activityState, chinaTime, hoursRule } from '@/pages/training/activity'

const now = new Date('2026-11-22T00:00:00Z')
const base: Schemas['Activity'] = { id: 'a', group_id: 'g', kind: 'discussion', kind_name: '教学研讨', title: '', description: '', hours: 20, offline: false, published_at: '2026-11-01T00:00:00Z' }

describe('activities in words', () => {
  it.each([
    [{}, '进行中'], [{ offline: true }, '线下'], [{ cancelled_at: '2026-11-02T00:00:00Z' }, '已取消'],
    [{ starts_at: '2026-11-23T00:00:00Z' }, '未开始'], [{ ends_at: '2026-11-22T00:00:00Z' }, '已结束'],
  ])('%o is %s', (change, text) => {
    expect(activityState({ ...base, ...change }, now).text).toBe(text)
  })

  it('tells how hours are set', () => {
    expect(hoursRule({ code: 'discussion', name: '教学研讨', fixed: true, hours: 20, offline: false })).toContain('固定 2 学时')
    expect(hoursRule({ code: 'offline', name: '线下活动', fixed: false, hours: 100, offline: true })).toContain('最多 10 学时')
  })

  it('takes typed times as China’s', () => {
    expect(chinaTime('2026-11-22T08:30')).toBe('2026-11-22T00:30:00.000Z')
    expect(chinaTime('')).toBeUndefined()
  })
})
