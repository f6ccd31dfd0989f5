import { describe, expect, it } from 'vitest'

import { opening } from './words'

describe('progress of opening a cohort', () => {
  it.each<[Parameters<typeof opening>[0], number, string]>([
    [{ schools: 0, started: 0, pace: 10, status: 'draft' }, 0, '还没有选学校'],
    [{ schools: 12, started: 0, pace: 10, status: 'draft' }, 0, '选定 12 所学校，未立项'],
    [{ schools: 10, started: 10, pace: 10, status: 'opening' }, 1, '10 所学校全部立项'],
    [{ schools: 100, started: 25, pace: 30, status: 'opening' }, 0.25, '已立项 25 / 100 所，约还需 3 分钟'],
    [{ schools: 30000, started: 0, pace: 200, status: 'opening' }, 0, '已立项 0 / 30000 所，约还需 2 小时 30 分钟'],
    [{ schools: 7200, started: 0, pace: 60, status: 'opening' }, 0, '已立项 0 / 7200 所，约还需 2 小时'],
  ])('%j', (c, share, text) => expect(opening(c)).toEqual({ share, text }))
})
