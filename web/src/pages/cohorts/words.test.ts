import { describe, expect, it } from 'vitest'

import { ground, opening, standing } from './words'

const none = { schools: 0, started: 0, waiting: 0, deferred: 0, exempt: 0, pace: 10, status: 'opening' as const }

describe('progress of opening a cohort', () => {
  it.each<[Partial<Parameters<typeof opening>[0]>, number, string]>([
    [{ status: 'draft' }, 0, '还没有选学校'],
    [{ schools: 12, waiting: 12, status: 'draft' }, 0, '选定 12 所学校，未立项'],
    [{ schools: 12, waiting: 9, deferred: 2, exempt: 1, status: 'draft' }, 0, '选定 12 所学校，未立项；其中缓期 2 所、免考 1 所'],
    [{ schools: 10, started: 10 }, 1, '10 所学校全部立项'],
    [{ schools: 100, started: 25, waiting: 75, pace: 30 }, 0.25, '已立项 25 / 100 所，约还需 3 分钟'],
    [{ schools: 30000, waiting: 30000, pace: 200 }, 0, '已立项 0 / 30000 所，约还需 2 小时 30 分钟'],
    [{ schools: 7200, waiting: 7200, pace: 60 }, 0, '已立项 0 / 7200 所，约还需 2 小时'],
    [{ schools: 13, started: 10, deferred: 2, exempt: 1, status: 'open' }, 1, '10 所学校全部立项；另有缓期 2 所、免考 1 所'],
    [{ schools: 13, started: 10, waiting: 2, exempt: 1, status: 'open' }, 10 / 12, '已立项 10 / 12 所，还有 2 所待立项；另有免考 1 所'],
    [{ schools: 3, exempt: 3, status: 'open' }, 0, '没有要立项的学校；另有免考 3 所'],
  ])('%j', (c, share, text) => expect(opening({ ...none, ...c })).toEqual({ share, text }))
})

describe('how a school stands', () => {
  it('tells a 缓期 that is over from one that is not', () => {
    expect(standing({ status: 'deferred', due: false })).toBe('deferred')
    expect(standing({ status: 'deferred', due: true })).toBe('due')
    expect(standing({ status: 'opened', due: false })).toBe('opened')
  })
})

describe('why a school stands so', () => {
  const decided_at = '2026-11-22T08:00:00Z'
  it.each<[Parameters<typeof ground>[0], string]>([
    [{ status: 'planned' }, ''],
    [{ status: 'deferred', until: '2027-05-01T00:00:00Z', reason: '校舍改造', decided_at }, '校舍改造'],
    [{ status: 'exempt', reason: '新建校', decided_at }, '新建校'],
    [{ status: 'planned', reason: '校舍建成', decided_at }, '恢复：校舍建成'],
    [{ status: 'moved', decided_at }, '恢复'],
    [{ status: 'opened', until: '2026-11-01T00:00:00Z', reason: '校舍改造', decided_at }, '缓期已满：校舍改造'],
  ])('%j', (r, text) => expect(ground(r)).toBe(text))
})
