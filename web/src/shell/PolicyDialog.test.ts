import ElementPlus from 'element-plus'
import { config } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { client, type Schemas } from '@/api/client'
import { useSession } from '@/session'
import { open, Refusal, serve, settle } from '@/testing/page'

import PolicyDialog from './PolicyDialog.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const notice = (version: string): Schemas['PrivacyNotice'] => ({ version, intro: [`第 ${version} 版`], rights: ['查阅、复制'], contact: '信息中心', classes: [], rules: [] })
const me: Schemas['Me'] = {
  id: 'u', login: 'a', name: '张三', must_change: false, password_expired: false, password_rule: '', privacy_notice: true, second_factor: false,
  second_factor_setup: false, org: { id: 'o', name: '局' }, grants: [],
}
const button = (name: string) => [...document.querySelectorAll('button')].find((b) => b.textContent?.trim() === name)
const shown = () => document.querySelector('.policy')?.textContent ?? ''

test('who has not read the policy reads it before anything else, the newest one', async () => {
  let version = 'one'
  const server = serve({
    'GET /privacy/notice': () => notice(version),
    'POST /me/privacy-notice': (s: { body: unknown }) => ((s.body as { version: string }).version === version ? {} : new Refusal(409, 'stale', '隐私政策刚刚有更新', 'version')),
  })
  await open(PolicyDialog, '/projects', '/projects', ['login'])
  const session = useSession()
  expect(shown()).toBe('')
  session.me = { ...me, must_change: true }
  await settle()
  expect(session.unread).toBe(false)
  session.me = me
  await settle()
  expect(session.unread).toBe(true)
  expect(shown()).toContain('首次使用')
  expect(shown()).toContain('第 one 版')
  version = 'two'
  button('我已阅读')!.click()
  await settle()
  expect(shown()).toContain('隐私政策刚刚有更新')
  expect(shown()).toContain('第 two 版')
  expect(session.unread).toBe(true)
  button('我已阅读')!.click()
  await settle()
  expect(server.of('POST /me/privacy-notice').map((s) => s.body)).toEqual([{ version: 'one' }, { version: 'two' }])
  expect([session.unread, session.me?.privacy_read]).toEqual([false, 'two'])
})

test('a policy that changes while somebody works is read over the page, and what was asked goes on', async () => {
  let read = false
  const server = serve({
    'GET /privacy/notice': notice('two'),
    'GET /privacy/versions/two': { since: '2026-09-02T01:00:00Z', in_force: true, notice: notice('two'), before: 'one', changes: [{ part: '联系人', kind: 'changed', was: '教务处', is: '信息中心' }] },
    'GET /orgs': () => (read ? { items: [] } : new Refusal(403, 'privacy_notice', '请先阅读')),
    'POST /me/privacy-notice': () => {
      read = true
      return {}
    },
  })
  await open(PolicyDialog, '/orgs', '/orgs', ['login'])
  const session = useSession()
  session.me = { ...me, privacy_notice: false, privacy_read: 'one' }
  const call = client.GET('/api/v1/orgs')
  await settle()
  expect([session.informing, session.unread]).toEqual([true, false])
  expect(shown()).toContain('隐私政策有更新')
  expect(shown()).toContain('填写的内容都在')
  expect(server.of('GET /privacy/versions/two')[0]!.query).toEqual({ against: 'one' })
  expect(document.querySelector('[aria-label=与您上次读的相比]')?.textContent).toMatch(/联系人.*教务处.*信息中心/)
  button('我已阅读')!.click()
  await settle()
  expect((await call).response.status).toBe(200)
  expect(server.of('GET /orgs')).toHaveLength(2)
  expect(session.informing).toBe(false)
})

test('who would rather not signs out, and what waited is refused', async () => {
  serve({ 'GET /privacy/notice': notice('two'), 'GET /orgs': new Refusal(403, 'privacy_notice', '请先阅读'), 'DELETE /sessions/current': {} })
  const { router } = await open(PolicyDialog, '/orgs', '/orgs', ['login'])
  const session = useSession()
  session.me = { ...me, privacy_notice: false }
  const call = expect(client.GET('/api/v1/orgs')).rejects.toMatchObject({ code: 'privacy_notice' })
  await settle()
  button('退出登录')!.click()
  await settle()
  await call
  expect(session.me).toBeUndefined()
  expect(router.currentRoute.value.name).toBe('login')
})
