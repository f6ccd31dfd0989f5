import ElementPlus from 'element-plus'
import { config } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { leaving, open, Refusal, serve, settle } from '@/testing/page'

import LoginPage from './LoginPage.vue'

const providers = { items: [{ id: 'edu', name: '教育云' }, { id: 'city', name: '市统一认证' }] }
let go: ReturnType<typeof leaving>

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

test('each provider has its button, which leads there and back to the page that was wanted', async () => {
  const server = serve({ 'GET /sso/providers': providers, 'POST /sso/providers/city/attempts': { address: 'https://id.example/authorize?state=s' } })
  const { wrapper } = await open(LoginPage, '/login?to=/tasks', '/login')
  const buttons = wrapper.findAll('.providers button')
  expect(buttons.map((b) => b.text())).toEqual(['用“教育云”登录', '用“市统一认证”登录'])
  await buttons[1]!.trigger('click')
  await settle()
  expect(server.of('POST /sso/providers/city/attempts').map((s) => s.body)).toEqual([{ return_to: '/tasks' }])
  expect(go.mock.calls).toEqual([['https://id.example/authorize?state=s']])
})

test('an address of another site in the link is not passed on', async () => {
  const server = serve({ 'GET /sso/providers': providers, 'POST /sso/providers/edu/attempts': { address: 'https://id.example/' } })
  const { wrapper } = await open(LoginPage, '/login?to=//evil.example/', '/login')
  await wrapper.get('.providers button').trigger('click')
  await settle()
  expect(server.of('POST /sso/providers/edu/attempts').map((s) => s.body)).toEqual([{ return_to: '/' }])
})

test('a provider that is away says so, and the password is still asked for', async () => {
  serve({ 'GET /sso/providers': providers, 'POST /sso/providers/edu/attempts': new Refusal(503, 'sso_unavailable', '“教育云”暂时无法使用，请稍后重试；有密码的账号可以用账号和密码登录。') })
  const { wrapper } = await open(LoginPage, '/login', '/login')
  await wrapper.get('.providers button').trigger('click')
  await settle()
  expect(wrapper.text()).toContain('“教育云”暂时无法使用')
  expect(go).not.toHaveBeenCalled()
  expect(wrapper.find('input[name=password]').exists()).toBe(true)
})

test('without providers nothing is offered', async () => {
  serve({ 'GET /sso/providers': { items: [] } })
  const { wrapper } = await open(LoginPage, '/login', '/login')
  expect(wrapper.find('.providers').exists()).toBe(false)
  expect(wrapper.find('input[name=password]').exists()).toBe(true)
})
