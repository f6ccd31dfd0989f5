import { describe, expect, it } from 'vitest'

import { laid, lays, lifted, merged, parsed, valueAt } from './patch'

const below = { team: { min: 3, max: 5 }, filing: { chain: ['经办'] }, files: { plan: { max_bytes: 1, max_video_bytes: 2 } } }

describe('patches', () => {
  it('merge members, replace lists, take away what is null', () => {
    expect(merged(below, { team: { max: 6 }, filing: { chain: ['经办', '签发'] }, files: { plan: { max_video_bytes: null } } })).toEqual({
      team: { min: 3, max: 6 }, filing: { chain: ['经办', '签发'] }, files: { plan: { max_bytes: 1 } },
    })
    expect(below.team.max).toBe(5)
  })
  it('lay down and lift a value without touching others', () => {
    const one = laid({ team: { min: 4 } }, 'team.max', 6)
    expect(one).toEqual({ team: { min: 4, max: 6 } })
    expect(lifted(one, 'team.min')).toEqual({ team: { max: 6 } })
    expect(lifted(lifted(one, 'team.min'), 'team.max')).toEqual({})
    expect(lifted({}, 'team.max')).toEqual({})
    expect([lays(one, 'team.max'), lays(one, 'team.other'), lays(one, 'panel.min')]).toEqual([true, false, false])
    expect(valueAt(below, 'files.plan.max_bytes')).toBe(1)
  })
  it('read only objects', () => {
    expect([parsed('{"a":1}'), parsed('[1]'), parsed('{'), parsed('1')]).toEqual([{ a: 1 }, undefined, undefined, undefined])
  })
})
