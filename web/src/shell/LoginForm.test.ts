import { mount } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, expect, test, vi } from 'vitest'

import LoginForm from '@/shell/LoginForm.vue'

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

function form() {
  setActivePinia(createPinia())
  return mount(LoginForm, { global: { plugins: [ElementPlus] }, attachTo: document.body })
}

const refusal = (code: string, detail: string) =>
  new Response(JSON.stringify({ code, status: 401, title: '请先登录', detail }), { status: 401, headers: { 'Content-Type': 'application/problem+json' } })

test('a password is hidden, may be shown and pasted, and is known to managers of passwords', async () => {
  const page = form()
  const field = page.get<HTMLInputElement>('input[name=password]')
  expect(field.attributes()).toMatchObject({ type: 'password', autocomplete: 'current-password' })
  expect(field.attributes('maxlength')).toBeUndefined()
  expect(page.get('input[name=login]').attributes('autocomplete')).toBe('username')
  const paste = new Event('paste', { bubbles: true, cancelable: true })
  field.element.dispatchEvent(paste)
  expect(paste.defaultPrevented).toBe(false)
  await field.setValue('长 and 😀'.repeat(20))
  await page.get('.el-input__password').trigger('click')
  expect(page.get('input[name=password]').attributes('type')).toBe('text')
})

test('the code is asked for after the password, which stays, and a wrong password goes', async () => {
  const sent: Record<string, string>[] = []
  let answer = refusal('second_factor', '请输入动态验证码')
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push((await request.json()) as Record<string, string>)
    return answer
  })
  const page = form()
  await page.get('input[name=login]').setValue(' zhang ')
  await page.get('input[name=password]').setValue('Right#2026')
  await page.get('form').trigger('submit')
  await vi.waitFor(() => expect(page.find('input[name=code]').exists()).toBe(true))
  expect(page.text()).not.toContain('没有登录成功')
  answer = refusal('unauthenticated', '账号或密码不正确')
  await page.get('input[name=code]').setValue('123456')
  await page.get('form').trigger('submit')
  await vi.waitFor(() => expect(page.text()).toContain('账号或密码不正确'))
  expect(sent.map((s) => [s.login, s.password, s.code])).toEqual([['zhang', 'Right#2026', undefined], ['zhang', 'Right#2026', '123456']])
  expect(page.get<HTMLInputElement>('input[name=password]').element.value).toBe('')
})
