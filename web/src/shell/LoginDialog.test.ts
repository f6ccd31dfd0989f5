import { config } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { useSession } from '@/session'
import { open, serve, settle } from '@/testing/page'

import LoginDialog from './LoginDialog.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

async function ended() {
  serve({})
  const { router } = await open(LoginDialog, '/cases/1', '/cases/1', ['login'], {}, 'teacher')
  useSession().ended = true
  await settle()
  return { router, session: useSession() }
}

test('the page behind is not shown until the same person is back', async () => {
  const { session } = await ended()
  expect(document.body.classList.contains('zx-ended')).toBe(true)
  session.resumeAs(session.me!)
  await settle()
  expect(document.body.classList.contains('zx-ended')).toBe(false)
  await settle(20 * 60_000)
  expect(session.me).toBeDefined()
})

test('after a quarter of an hour the page is gone', async () => {
  const { session, router } = await ended()
  await settle(14 * 60_000)
  expect(session.me).toBeDefined()
  await settle(60_000)
  expect(session.me).toBeUndefined()
  expect(router.currentRoute.value.name).toBe('login')
})
