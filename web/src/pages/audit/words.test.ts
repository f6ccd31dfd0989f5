import { expect, test } from 'vitest'

import { detailOf, statementsOf, subjectOf } from './words'

test('an entry says what became of rows', () => {
  expect(statementsOf('[["users","u1","","a"],["grants","g","a",""],["orgs","o","a","b"],["cases","c","?","b"]]')).toEqual([
    { table: 'users', row: 'u1', change: '新增' }, { table: 'grants', row: 'g', change: '删除' },
    { table: 'orgs', row: 'o', change: '修改' }, { table: 'cases', row: 'c', change: '登记' },
  ])
  expect(statementsOf('')).toEqual([])
  expect(statementsOf('{')).toEqual([])
})

test('details are lines to read, whatever they are', () => {
  expect(detailOf('{"role":"teacher","rows":3}')).toEqual([{ name: '身份', value: 'teacher' }, { name: '行数', value: '3' }])
  expect(detailOf('{"unheard":[1],"locked":true}')).toEqual([{ name: 'unheard', value: '[1]' }, { name: '锁定', value: '是' }])
  expect(detailOf('nonsense')).toEqual([])
  expect(detailOf(undefined)).toEqual([])
})

test('subjects have names', () => {
  expect(subjectOf({ subject_kind: 'user', subject_id: 'u1' })).toBe('用户 u1')
  expect(subjectOf({ subject_kind: 'user', subject_id: 'u1', subject: '张三' })).toBe('用户 张三')
  expect(subjectOf({ subject_kind: 'thing', subject_id: '' })).toBe('thing')
  expect(subjectOf({})).toBe('')
})
