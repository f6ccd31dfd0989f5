import { flushPromises, mount } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, expect, test, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import { useSession } from '@/session'

import SsoPage from './SsoPage.vue'

afterEach(() => vi.unstubAllGlobals())

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } })
const me = { id: 'u1', login: 'a', name: '张三', must_change: false, password_expired: false, password_rule: '', privacy_notice: false, second_factor_setup: false, org: { id: 'o', name: '某校' }, grants: [] }

async function back(query: string, answers: (body: Record<string, string>) => Response) {
  setActivePinia(createPinia())
  const sent: Record<string, string>[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const body = (await request.clone().json()) as Record<string, string>
    sent.push(body)
    return answers(body)
  })
  const page = { template: '<p />' }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/sso', component: SsoPage }, { path: '/login', name: 'login', component: page }, { path: '/:rest(.*)*', component: page }] })
  await router.push(`/sso?${query}`)
  const wrapper = mount(SsoPage, { global: { plugins: [ElementPlus, router] }, attachTo: document.body })
  await flushPromises()
  return { wrapper, router, sent }
}

test('what the provider brought is posted once, and the person goes on where they were', async () => {
  const { router, sent } = await back('state=s1&code=c1&iss=https://id.example&session_state=x', () => json(200, { purpose: 'login', return_to: '/tasks', me }))
  expect(sent).toEqual([{ state: 's1', code: 'c1', iss: 'https://id.example' }])
  expect(useSession().me?.name).toBe('张三')
  expect(window.location.search).toBe('')
  await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/tasks'))
})

test('nobody is sent to another site', async () => {
  const { router } = await back('state=s1&code=c1', () => json(200, { purpose: 'login', return_to: '//evil.example/', me }))
  await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/'))
})

test('a second factor is asked for, and sent without the code of the provider', async () => {
  const { wrapper, sent } = await back('state=s1&code=c1', (body) =>
    body['factor'] ? json(200, { purpose: 'login', return_to: '/', me }) : json(401, { code: 'second_factor', status: 401, title: '未登录', detail: '请输入动态验证码', request_id: 'r' }))
  await wrapper.get('input[name=code]').setValue('123456')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(sent[1]).toEqual({ state: 's1', factor: '123456' })
})

test('a refusal is shown in its own words, with the way back', async () => {
  const { wrapper } = await back('state=s1&error=access_denied', () => json(403, { code: 'sso_refused', status: 403, title: '没有权限', detail: '在“教育云”上没有完成登录', request_id: 'r' }))
  expect(wrapper.text()).toContain('在“教育云”上没有完成登录')
  expect(wrapper.text()).toContain('返回登录页')
})

test('a link says so and leads back to the account', async () => {
  const { router } = await back('state=s1&code=c1', () => json(200, { purpose: 'link', return_to: '/account' }))
  await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/account'))
  expect(document.body.textContent).toContain('已绑定')
})

test('a proof is told to the page that waits, and nobody goes anywhere', async () => {
  const heard = new BroadcastChannel('zx.proof')
  const told = new Promise((r) => heard.addEventListener('message', (e: MessageEvent) => r(e.data)))
  const close = vi.spyOn(window, 'close').mockReturnValue()
  const { wrapper, router } = await back('state=s1&code=c1', () => json(200, { purpose: 'proof', return_to: '/account' }))
  expect(await told).toBe('done')
  heard.close()
  expect(close).toHaveBeenCalled()
  expect(wrapper.text()).toContain('已验证')
  expect(router.currentRoute.value.path).toBe('/sso')
})
