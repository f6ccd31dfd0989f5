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
