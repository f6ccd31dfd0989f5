import { config, DOMWrapper } from '@vue/test-utils'
import ElementPlus, { ElDialog } from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { open, Refusal, serve, settle } from '@/testing/page'

import NewTokenDialog from './NewTokenDialog.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const page = new DOMWrapper(document.body)

test('a refusal is told whatever it is about, and the token stays until it was put away', async () => {
  let answer: unknown = new Refusal(422, 'invalid', '“操作日志”不能对外开放。', 'scopes')
  const server = serve({ 'POST /machine-tokens': () => answer })
  const { wrapper } = await open(NewTokenDialog, '/', '/', [], {}, 'security_admin')
  const dialog = wrapper.getComponent(ElDialog)
  await page.get('input[maxlength="64"]').setValue('教务系统')
  await page.get('input[type=checkbox][value=events]').setValue(true)
  expect(dialog.props()).toMatchObject({ closeOnPressEscape: true, showClose: true })
  const send = async () => {
    await page.get('form').trigger('submit')
    await settle()
  }
  await send()
  expect(page.findAll('[role=alert]').map((a) => a.text())).toEqual(['没有办成“操作日志”不能对外开放。代码 invalid'])
  answer = { token: 'zxt_secret' }
  await send()
  expect(server.of('POST /machine-tokens')[1]!.body).toMatchObject({ name: '教务系统', org_id: 'o1', scopes: ['events'] })
  expect(page.get('code').text()).toBe('zxt_secret')
  expect(dialog.props()).toMatchObject({ closeOnPressEscape: false, closeOnClickModal: false, showClose: false })
})
