import { expect, test } from 'vitest'

import { addressOf, keyOf, type Paper } from './papers'

const notice: Paper = { kind: 'rectification_notice', name: '整改通知书（第1轮）', round: 1, ready: true, formats: ['pdf', 'docx'] }
const first: Paper = { kind: 'evidence_list', name: '证明清单（首次提交）', round: 0, ready: true, formats: ['pdf'] }
const form: Paper = { kind: 'filing_form', name: '备案表', ready: true, formats: ['pdf', 'docx'] }

test('the address names the round where there are several, the first one too', () => {
  expect(addressOf('c1', notice, 'docx')).toBe('/api/v1/cases/c1/papers/rectification_notice?format=docx&round=1')
  expect(addressOf('c1', first, 'pdf')).toBe('/api/v1/cases/c1/papers/evidence_list?format=pdf&round=0')
  expect(addressOf('c1', form, 'pdf')).toBe('/api/v1/cases/c1/papers/filing_form?format=pdf')
})

test('papers of one kind are told apart by their round', () => {
  expect(keyOf(first)).not.toBe(keyOf({ ...first, round: 1 }))
})
