import ElementPlus from 'element-plus'
import { config } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { queries } from '@/api/query'
import { open, serve, settle } from '@/testing/page'

import MailConsent from './MailConsent.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  queries.clear()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const contact = (mail?: string) => ({ mail, daily_codes_left: 5 })

test('consent to mail is withdrawn where the account is, after a question', async () => {
  const s = serve({ 'GET /me/contact': contact('l***@example.com'), 'DELETE /me/contact': {} })
  const { wrapper } = await open(MailConsent, '/account', '/account', ['notice-settings'])
  expect(wrapper.text()).toContain('您同意用邮件通知：l***@example.com')
  await wrapper.findAll('button').find((b) => b.text() === '撤回同意')!.trigger('click')
  await settle()
  expect(s.of('DELETE /me/contact')).toHaveLength(0)
  const box = [...document.querySelectorAll<HTMLButtonElement>('.el-message-box button')]
  box.find((b) => b.textContent?.includes('撤回同意'))!.click()
  await settle()
  expect(s.of('DELETE /me/contact')).toHaveLength(1)
})

test('who gave no address has nothing to withdraw', async () => {
  serve({ 'GET /me/contact': contact() })
  const { wrapper } = await open(MailConsent, '/account', '/account', ['notice-settings'])
  expect(wrapper.text()).toContain('您没有同意用邮件通知')
  expect(wrapper.findAll('button')).toHaveLength(0)
})
