import { describe, expect, it } from 'vitest'

import { type Delegation, inForce, stateOf } from '@/pages/delegations/delegations'

const now = new Date('2026-11-22T02:00:00Z')
function delegation(rest: Partial<Delegation>): Delegation {
  return {
    id: 'd1', from: { id: 'u1', name: '张三' }, to: { id: 'u2', name: '李四' }, role: 'district', role_name: '区工程办',
    org: { id: 'o1', name: '天河区' }, starts_at: '2026-11-20T00:00:00Z', ends_at: '2026-11-27T15:59:59Z', reason: '出差', given: true, active: true, ...rest,
  }
}

describe('stateOf', () => {
  it.each([
    ['active', { active: true }],
    ['coming', { active: false, starts_at: '2026-12-01T00:00:00Z' }],
    ['ended', { active: false }],
    ['ended', { active: false, starts_at: '2026-12-01T00:00:00Z', ended_at: '2026-11-21T00:00:00Z' }],
  ] as const)('%s', (want, rest) => expect(stateOf(delegation(rest), now)).toBe(want))
})

describe('inForce', () => {
  it('says it to both sides, roles given together in one sentence', () => {
    const items = [delegation({}), delegation({ id: 'd2', role_name: '教育局' }), delegation({ id: 'd3', given: false }), delegation({ id: 'd4', active: false })]
    const got = inForce(items).map((s) => s.text)
    expect(got).toHaveLength(2)
    expect(got[0]).toBe('您的“天河区 区工程办”、“天河区 教育局”已委托李四代办，至 2026-11-27。您自己仍可办理，办理前请与李四说一声。')
    expect(got[1]).toContain('您正在代张三办理“天河区 区工程办”的事项')
  })
  it('says nothing while nothing is in force', () => expect(inForce([delegation({ active: false })])).toEqual([]))
})
