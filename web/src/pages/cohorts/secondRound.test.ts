import { describe, expect, it } from 'vitest'

import type { Schemas } from '@/api/client'

import { changeOf, lacking } from './form'
import { matching, proposed, reasons, stepOf } from './secondRound'

function row(code: string, name: string, why: string): Schemas['SecondRoundSchool'] {
  return { code, school: { id: code, name }, district: '天河区', taken: true, why }
}
const rows = [row('0101', '第一小学', '未立项'), row('0102', '第二小学', '不通过'), row('0103', '第三小学', '未立项')]

describe('schools of a second round', () => {
  it('are counted by reason, the most frequent first', () => {
    expect(reasons(rows)).toEqual([{ why: '未立项', count: 2 }, { why: '不通过', count: 1 }])
  })
  it.each<[string | undefined, string | undefined, string[]]>([
    [undefined, undefined, ['0101', '0102', '0103']],
    ['未立项', undefined, ['0101', '0103']],
    ['未立项', '第三', ['0103']],
    [undefined, '0102', ['0102']],
    [undefined, '白云', []],
    [undefined, '天河', ['0101', '0102', '0103']],
  ])('with reason %s and text %s', (why, q, codes) => expect(matching(rows, why, q).map((r) => r.code)).toEqual(codes))
})

describe('a refusal', () => {
  it.each([['school_ids', 0], ['code', 1], ['window_end', 1], [undefined, 2], ['elsewhere', 2]])('against %s leads to step %s', (field, step) => expect(stepOf(field)).toBe(step))
})

describe('what a second round is called', () => {
  const first = { code: '2601', name: '第一批次', pace: 30, second_rounds: [] } as unknown as Schemas['Cohort']
  it('follows the first round, and is not taken twice', () => {
    expect(proposed(first)).toMatchObject({ code: '2601-2', name: '第一批次第二轮', pace: 30 })
    expect(proposed({ ...first, second_rounds: [{ id: 'x', name: '' }] })).toMatchObject({ code: '2601-3', name: '第一批次第二轮（补1）' })
  })
  it('keeps to the lengths of the fields', () => {
    const long = proposed({ ...first, code: 'a'.repeat(32), name: '名'.repeat(128) })
    expect([long.code.length, long.code.endsWith('-2'), long.name.length]).toEqual([32, true, 128])
  })
})

describe('the form of a cohort', () => {
  const typed = { code: 'a', name: ' 名称 ', start: '2027-03-01', end: '2027-07-10', opens: '', pace: 60 }
  it('says what is to be filled in', () => {
    expect(lacking(typed, true)).toBe('')
    expect(lacking({ ...typed, code: ' ', end: '' }, true)).toBe('请填写代码、研修结束。')
    expect(lacking({ ...typed, code: '' }, false)).toBe('')
  })
  it('sends whole days of China, and no day of opening that was not chosen', () => {
    expect(changeOf(typed)).toEqual({ name: '名称', window_start: '2027-03-01T00:00:00+08:00', window_end: '2027-07-10T23:59:59+08:00', pace: 60 })
    expect(changeOf({ ...typed, opens: '2027-02-20' }).opens_at).toBe('2027-02-20T00:00:00+08:00')
  })
})
