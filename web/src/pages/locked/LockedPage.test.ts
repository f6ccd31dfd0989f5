import { VueQueryPlugin } from '@tanstack/vue-query'
import { mount } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, expect, test, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import type { Schemas } from '@/api/client'
import { queries } from '@/api/query'
import LockedPage from '@/pages/locked/LockedPage.vue'
import { useSession } from '@/session'

afterEach(() => {
  queries.clear()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const org = { id: 'o', name: '第一小学' }
const row: Schemas['LockedAccount'] = {
  id: 'u1', login: 'zhang', name: '张三', org, cause: 'code', cause_name: '动态验证码连续输错', since: '2026-09-01T01:00:00Z', until: '2026-09-01T01:15:00Z',
}

async function page(role: Schemas['Role'], sent: string[]) {
  setActivePinia(createPinia())
  useSession().me = {
    id: 'm', login: 'm', name: '李四', must_change: false, password_expired: false, password_rule: '', second_factor: false, privacy_notice: false, second_factor_setup: false,
    org, grants: [{ role, role_name: role, org }],
  } as Schemas['Me']
  vi.stubGlobal('fetch', async (r: Request) => {
    sent.push(`${r.method} ${new URL(r.url).pathname}${new URL(r.url).search} ${r.method === 'POST' ? await r.text() : ''}`.trim())
    return r.method === 'POST' ? new Response(null, { status: 204 }) : Response.json({ items: [row] })
  })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: LockedPage }] })
  await router.push('/')
  const w = mount(LockedPage, { global: { plugins: [router, ElementPlus, [VueQueryPlugin, { queryClient: queries }]] }, attachTo: document.body })
  await vi.waitFor(() => expect(w.text()).toContain('张三'))
  return w
}

test('who is locked, why and until when; the lock is taken off for a reason only', async () => {
  const sent: string[] = []
  const w = await page('security_admin', sent)
  expect(w.text()).toContain('动态验证码连续输错')
  expect(sent[0]).toBe('GET /api/v1/locked-accounts?sort=-until')
  await w.get('button[aria-label="解除 zhang 的锁定"]').trigger('click')
  await vi.waitFor(() => expect(document.querySelector('.el-message-box input')).not.toBeNull())
  const confirm = () => [...document.querySelectorAll<HTMLButtonElement>('.el-message-box button')].find((b) => b.textContent?.includes('解除锁定'))!
  confirm().click()
  await vi.waitFor(() => expect(document.body.textContent).toContain('请写明理由'))
  expect(sent.filter((s) => s.startsWith('POST'))).toEqual([])
  const input = document.querySelector<HTMLInputElement>('.el-message-box input')!
  input.value = ' 本人电话核实 '
  input.dispatchEvent(new Event('input'))
  await vi.waitFor(() => {
    confirm().click()
    expect(sent.filter((s) => s.startsWith('POST'))).toEqual(['POST /api/v1/users/u1/unlock {"reason":"本人电话核实"}'])
  })
})

test('who only looks has nothing to do there', async () => {
  const w = await page('audit_admin', [])
  expect(w.find('button[aria-label="解除 zhang 的锁定"]').exists()).toBe(false)
})
