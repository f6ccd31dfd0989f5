import { expect, it } from 'vitest'

import { change } from './words'

it('says what a request would change', () => {
  expect(change({ from: 'active', to: 'leave', subject: '语文', full_time: true })).toBe('在岗 → 请假（语文、专任）')
  expect(change({ from: 'active', to: 'active', subject: '', full_time: false })).toBe('更正为：学科未填、非专任')
  expect(change({ to: 'active', subject: '数学', full_time: true })).toBe('新增到名册（数学、专任）')
})
