import { mount } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, expect, test, vi } from 'vitest'

import { client } from '@/api/client'
import ProofDialog from '@/shell/ProofDialog.vue'
import { useSession } from '@/session'

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const refused = () => new Response(JSON.stringify({ code: 'step_up_required', status: 403, title: '没有权限' }), { status: 403, headers: { 'Content-Type': 'application/problem+json' } })

test('what wants a proof is sent again once the password was given, with what was typed', async () => {
  setActivePinia(createPinia())
  const session = useSession()
  const sent: string[] = []
  let proven = false
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(`${request.method} ${new URL(request.url).pathname} ${await request.clone().text()}`)
    if (request.url.endsWith('/proof')) {
      proven = true
      return new Response(null, { status: 204 })
    }
    return proven ? new Response('{}', { status: 201 }) : refused()
  })
  mount(ProofDialog, { global: { plugins: [ElementPlus] }, attachTo: document.body })
  const call = client.POST('/api/v1/users', { body: { login: 'a', name: '张三', org_id: 'o', roles: [] } })
  await vi.waitFor(() => expect(document.querySelector('input[name=proof]')).not.toBeNull())
  const input = document.querySelector<HTMLInputElement>('input[name=proof]')!
  input.value = 'secret'
  input.dispatchEvent(new Event('input'))
  document.querySelector<HTMLFormElement>('#proof')!.dispatchEvent(new Event('submit', { cancelable: true }))
  expect((await call).response.status).toBe(201)
  expect(sent.map((s) => s.split(' ')[1])).toEqual(['/api/v1/users', '/api/v1/sessions/current/proof', '/api/v1/users'])
  expect(sent[2]).toBe(sent[0])
  expect(session.proving).toBe(false)
})

test('who would rather not gets a refusal that says so', async () => {
  setActivePinia(createPinia())
  const session = useSession()
  vi.stubGlobal('fetch', async () => refused())
  const call = client.POST('/api/v1/users', { body: { login: 'a', name: '张三', org_id: 'o', roles: [] } })
  await vi.waitFor(() => expect(session.proving).toBe(true))
  session.refuseProof()
  await expect(call).rejects.toMatchObject({ code: 'step_up_required' })
})

const me = { id: 'u', login: 'a', name: '张三', must_change: false, password_expired: false, password_rule: '', privacy_notice: false, second_factor_setup: false, org: { id: 'o', name: '局' }, grants: [] }

function type(name: string, value: string): void {
  const input = document.querySelector<HTMLInputElement>(`input[name=${name}]`)!
  input.value = value
  input.dispatchEvent(new Event('input'))
}
const submit = () => document.querySelector<HTMLFormElement>('#proof')!.dispatchEvent(new Event('submit', { cancelable: true }))

test('who has a second factor gives its code, too, and keeps the password when only the code was wrong', async () => {
  setActivePinia(createPinia())
  const session = useSession()
  session.me = { ...me, second_factor: true }
  const proofs: unknown[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    if (!request.url.endsWith('/proof')) return proofs.length > 1 ? new Response('{}', { status: 201 }) : refused()
    proofs.push(await request.clone().json())
    if (proofs.length > 1) return new Response(null, { status: 204 })
    return new Response(JSON.stringify({ code: 'invalid', status: 422, title: '填写有误', detail: '动态验证码不正确', field: 'code' }), { status: 422, headers: { 'Content-Type': 'application/problem+json' } })
  })
  mount(ProofDialog, { global: { plugins: [ElementPlus] }, attachTo: document.body })
  const call = client.POST('/api/v1/users', { body: { login: 'a', name: '张三', org_id: 'o', roles: [] } })
  await vi.waitFor(() => expect(document.querySelector('input[name=proof-code]')).not.toBeNull())
  const send = [...document.querySelectorAll('button')].find((b) => b.textContent?.includes('验证并继续'))!
  type('proof', 'secret')
  await vi.waitFor(() => expect(document.querySelector<HTMLInputElement>('input[name=proof]')!.value).toBe('secret'))
  expect(send.disabled).toBe(true)
  type('proof-code', ' 123456 ')
  submit()
  await vi.waitFor(() => expect(document.body.textContent).toContain('动态验证码不正确'))
  expect(document.querySelector<HTMLInputElement>('input[name=proof]')!.value).toBe('secret')
  type('proof-code', 'ABCDE-FGHIJ')
  submit()
  expect((await call).response.status).toBe(201)
  expect(proofs).toEqual([{ password: 'secret', code: '123456' }, { password: 'secret', code: 'ABCDE-FGHIJ' }])
})

test('a second factor that this page did not know of is asked for when the answer wants it', async () => {
  setActivePinia(createPinia())
  const session = useSession()
  session.me = { ...me, second_factor: false }
  vi.stubGlobal('fetch', async (request: Request) => (request.url.endsWith('/proof')
    ? new Response(JSON.stringify({ code: 'invalid', status: 422, title: '填写有误', detail: '请输入动态验证码', field: 'code' }), { status: 422, headers: { 'Content-Type': 'application/problem+json' } })
    : refused()))
  mount(ProofDialog, { global: { plugins: [ElementPlus] }, attachTo: document.body })
  const call = client.POST('/api/v1/users', { body: { login: 'a', name: '张三', org_id: 'o', roles: [] } })
  await vi.waitFor(() => expect(document.querySelector('input[name=proof]')).not.toBeNull())
  expect(document.querySelector('input[name=proof-code]')).toBeNull()
  type('proof', 'secret')
  submit()
  await vi.waitFor(() => expect(document.querySelector('input[name=proof-code]')).not.toBeNull())
  expect(document.querySelector('[role=alert]')).toBeNull()
  session.refuseProof()
  await expect(call).rejects.toMatchObject({ code: 'step_up_required' })
})
