import { expect, test } from 'vitest'

import { said } from './words'

const change = { kind: 'grant' as const, kind_name: '授予', user: { id: 'u', name: '李四' }, login: 'lisi', role_name: '审计管理员', org: { id: 'o', name: '广州市' } }

test('a change says who would become or cease to be what', () => {
  expect(said(change)).toBe('授予 李四（lisi） 广州市“审计管理员”身份')
  expect(said({ ...change, kind: 'revoke' })).toBe('收回 李四（lisi） 广州市“审计管理员”身份')
  expect(said({ ...change, kind: 'reset', kind_name: '重置密码' })).toBe('重置密码：李四（lisi），广州市审计管理员')
})
