import { config } from '@vue/test-utils'
import ElementPlus, { ElMessageBox } from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { leaving, open, Refusal, serve, settle } from '@/testing/page'

import LinkedLogins from './LinkedLogins.vue'

let go: ReturnType<typeof leaving>
const links = { items: [{ id: 'edu', name: '教育云', linked: true, since: '2026-03-02T04:00:00Z' }, { id: 'city', name: '市统一认证', linked: false }] }

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
  go = leaving()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

test('who is linked may end it, who is not may link', async () => {
  const server = serve({ 'GET /me/links': links, 'POST /me/links/city': { address: 'https://id.example/a' }, 'DELETE /me/links/edu': {} })
  const confirm = vi.spyOn(ElMessageBox, 'confirm').mockResolvedValue('confirm' as never)
  const { wrapper } = await open(LinkedLogins, '/', '/')
  const rows = wrapper.findAll('li')
  expect(rows.map((r) => r.text())).toEqual(['教育云已绑定解除绑定', '市统一认证绑定'])
  await rows[1]!.get('button').trigger('click')
  await settle()
  expect(go.mock.calls).toEqual([['https://id.example/a']])
  await rows[0]!.get('button').trigger('click')
  await settle()
  expect(confirm.mock.calls[0]![0]).toContain('由此进行的登录随即退出')
  expect(server.of('DELETE /me/links/edu')).toHaveLength(1)
})

test('nothing ends without being sure, and a refusal is shown', async () => {
  const server = serve({ 'GET /me/links': links, 'DELETE /me/links/edu': new Refusal(409, 'conflict', '您的账号没有密码，解除绑定后将无法登录。') })
  const confirm = vi.spyOn(ElMessageBox, 'confirm').mockRejectedValue('cancel')
  const { wrapper } = await open(LinkedLogins, '/', '/')
  await wrapper.get('li button').trigger('click')
  await settle()
  expect(server.of('DELETE /me/links/edu')).toHaveLength(0)
  confirm.mockResolvedValue('confirm' as never)
  await wrapper.get('li button').trigger('click')
  await settle()
  expect(wrapper.text()).toContain('解除绑定后将无法登录')
})

test('without providers there is nothing to link', async () => {
  serve({ 'GET /me/links': { items: [] } })
  const { wrapper } = await open(LinkedLogins, '/', '/')
  expect(wrapper.text()).toBe('')
})
