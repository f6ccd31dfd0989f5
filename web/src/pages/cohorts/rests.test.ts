import { describe, expect, it } from 'vitest'

import type { Schemas } from '@/api/client'

import { changes, outcomesOf } from './rests'

type Row = Schemas['CohortSchool']

function row(id: string, status: Row['status'], due = false): Row {
  return { school: { id, name: `学校${id}` }, code: id, district: { id: 'd', name: '区' }, status, due }
}

describe('schools that a decision is for', () => {
  it.each<[Row['status'], boolean, boolean]>([
    ['planned', true, false],
    ['deferred', true, true],
    ['exempt', true, true],
    ['opened', false, false],
    ['moved', false, false],
  ])('%s: 缓期 %s, 恢复 %s', (status, rest, back) => {
    expect(changes('deferred', row('1', status))).toBe(rest)
    expect(changes('exempt', row('1', status))).toBe(rest)
    expect(changes('planned', row('1', status))).toBe(back)
  })
})

describe('what became of each school', () => {
  it('is refused where the server says so, with its reason', () => {
    const got = outcomesOf([row('1', 'planned'), row('2', 'opened')], { done: 1, refused: [{ school: { id: '2', name: '' }, reason: '项目已经开启' }] })
    expect(got.map((o) => [o.target.school, o.status, o.message])).toEqual([['学校1', 'accepted', undefined], ['学校2', 'refused', '项目已经开启']])
  })
})
