import { config, DOMWrapper } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { Problem } from '@/api/problem'
import PurposeForm from '@/components/PurposeForm.vue'
import { open, settle } from '@/testing/page'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  document.body.innerHTML = ''
})

const page = new DOMWrapper(document.body)
const send = () => page.get<HTMLButtonElement>('button[type=submit]')
const said = () => page.findAll('[role=alert]').map((a) => a.text())

async function ask(act: (reason: unknown) => Promise<unknown>) {
  const { wrapper } = await open(PurposeForm, '/', '/', [], { title: '查看手机号', note: '本人看得到。', confirm: '查看', initial: 'contact', act })
  return wrapper
}

test('there is nothing to send without a purpose and a reason of five characters', async () => {
  const act = vi.fn<() => Promise<void>>().mockResolvedValue()
  const form = await ask(act)
  const words = page.get('input[aria-label="具体事由"]')
  for (const [purpose, reason, disabled] of [['contact', '', true], ['contact', ' 督办  ', true], ['', '督办材料提交', true], ['contact', ' 督办材料提交 ', false]] as const) {
    await page.get('select').setValue(purpose)
    await words.setValue(reason)
    expect([purpose, reason, send().element.disabled]).toEqual([purpose, reason, disabled])
  }
  await page.get('form').trigger('submit')
  await settle()
  expect(act.mock.calls).toEqual([[{ purpose: 'contact', words: '督办材料提交' }]])
  expect(form.emitted('close')).toHaveLength(1)
})

test('a refusal stands where it belongs, what was typed stays, and the next try is a fresh one', async () => {
  const act = vi.fn<() => Promise<unknown>>()
  const form = await ask(act)
  const words = page.get<HTMLInputElement>('input[aria-label="具体事由"]')
  await words.setValue('督办材料提交')
  const refusals = [
    [new Problem({ status: 422, code: 'invalid', title: '填写有误', detail: '请写明具体事由。', field: 'words' }), '请写明具体事由。'],
    [new Problem({ status: 422, code: 'invalid', title: '填写有误', detail: '没有登记手机号。', field: 'field' }), '填写有误没有登记手机号。代码 invalid'],
    [new Problem({ status: 429, code: 'too_many_requests', title: '操作过于频繁', detail: '请稍候。' }), '操作过于频繁请稍候。代码 too_many_requests'],
  ] as const
  for (const [refusal, text] of refusals) {
    act.mockRejectedValueOnce(refusal)
    await page.get('form').trigger('submit')
    await settle()
    expect(said()).toEqual([text])
    expect(words.element.value).toBe('督办材料提交')
  }
  expect(page.get('.field:has(input[aria-label="具体事由"])').text()).not.toContain('请稍候')
  expect(form.emitted('close')).toBeUndefined()
  act.mockResolvedValueOnce(undefined)
  await page.get('form').trigger('submit')
  await settle()
  expect(said()).toEqual([])
  expect(form.emitted('close')).toHaveLength(1)
})
