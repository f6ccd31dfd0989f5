import { expect, test } from 'vitest'

import { nameOf } from './made'

test.each([
  [`attachment; filename="users-2026-11-22.xlsx"; filename*=UTF-8''%E7%94%A8%E6%88%B7-2026-11-22.xlsx`, '用户-2026-11-22.xlsx'],
  [`attachment; filename="a.pdf"`, 'download'],
  [null, 'download'],
])('the name of %s', (header, name) => {
  expect(nameOf(header)).toBe(name)
})
