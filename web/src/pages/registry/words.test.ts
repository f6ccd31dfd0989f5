import { expect, it } from 'vitest'

import { type Balance, counted, heard, leftOut, open } from './words'

const sum = (rows: number, hours: number) => ({ rows, hours })
const balance: Balance = {
  case_id: 'c', school: '一小', cohort: '2601期', stage_name: '学时认定与登记', due: sum(2, 500), booked: sum(2, 500), sent: sum(0, 0), refused: sum(1, 250),
  disputed: sum(0, 0), waiting: 0, reversals: 0, balanced: true,
}

it('says what keeps the books from agreeing', () => {
  expect(open(balance)).toBe('一致')
  expect(open({ ...balance, waiting: 2, disputed: sum(1, 250) })).toBe('待报送 2，回执矛盾 1')
  expect(open({ ...balance, booked: sum(2, 450) })).toBe('相差 5 学时')
})

it('says what came of receipts and batches, and only that', () => {
  const none = { acknowledged: 0, refused: 0, disputed: 0, known: 0, pending: 0, stray: 0, bad: [] }
  expect(heard(none)).toBe('没有内容')
  expect(heard({ ...none, acknowledged: 3, bad: [{ row: 4, why: 'x' }] })).toBe('已登记 3 条，无法识别 1 条')
  expect(counted({ counts: [{ state: 'sent', state_name: '待回执', rows: 2 }] })).toBe('待回执 2')
  expect(leftOut([{ code: 'no_id', title: '缺身份证号', why: '', how: '', rows: 2 }])).toBe('缺身份证号 2 条')
})
