import { config } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { open, Refusal, serve, settle } from '@/testing/page'

import LookupPage from './LookupPage.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

test('somebody is looked up by a whole number for a purpose; who is not there is said in words', async () => {
  let answer: unknown = new Refusal(422, 'invalid', '身份证件号的校验位不对。', 'value')
  const server = serve({ 'POST /privacy/lookups': () => answer })
  const { wrapper } = await open(LookupPage, '/', '/', [], {}, 'security_admin')
  const send = () => wrapper.get<HTMLButtonElement>('button[type=submit]').element
  const find = async () => {
    await wrapper.get('form').trigger('submit')
    await settle()
  }
  expect(send().disabled).toBe(true)
  await wrapper.get('input[aria-label="完整号码"]').setValue(' 11010519491231002X ')
  await wrapper.get('input[aria-label="具体事由"]').setValue('核对来电人')
  expect(send().disabled).toBe(false)
  await find()
  expect(wrapper.findAll('[role=alert]').map((a) => a.text())).toEqual(['身份证件号的校验位不对。'])
  answer = { items: [] }
  await find()
  expect(wrapper.text()).toContain('您的范围内没有使用这个号码的账号。')
  answer = { items: [{ id: 'u1', name: '张三', login: 'zhang', org: { id: 'o', name: '第一小学' } }] }
  await find()
  expect(wrapper.get('[role=status] a').attributes('href')).toBe('/users/u1')
  expect(server.sent.map((s) => s.query)).toEqual([{}, {}, {}])
  expect(server.sent[0]!.body).toEqual({ field: 'id_number', value: '11010519491231002X', purpose: 'identity', words: '核对来电人' })
})
