import { config, DOMWrapper } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { open, Refusal, serve, settle } from '@/testing/page'

import ReversalList from './ReversalList.vue'

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
const asked = (id: string, name: string, mine = false) => ({
  id, name, year: 2026, school: '第一小学', hours: 100, reason: '重复登记', asked_by: '李四', asked_at: '2026-09-01T01:00:00Z', state: 'asked', state_name: '待复核', mine,
})

test('each request is answered by itself: nothing of one is in the next', async () => {
  const server = serve({
    'GET /registry/reversals': { items: [asked('v1', '张三'), asked('v2', '王五'), asked('v3', '赵六', true)] },
    'POST /registry/reversals/v1/decision': new Refusal(409, 'conflict', '记录已变化，请刷新后再办理。'), 'POST /registry/reversals/v2/decision': {},
  })
  await open(ReversalList, '/', '/', [], {}, 'bureau')
  const review = (name: string) => page.find(`button[aria-label="复核 ${name}"]`)
  const button = (name: string) => page.findAll<HTMLButtonElement>('.el-dialog button').find((b) => b.text() === name)!
  expect(review('赵六').exists()).toBe(false)
  await review('张三').trigger('click')
  await settle()
  expect(button('不同意').element.disabled).toBe(true)
  await page.get('textarea').setValue('与登记系统不符')
  await button('不同意').trigger('click')
  await settle()
  expect(page.get('.el-dialog').text()).toContain('记录已变化，请刷新后再办理。')
  await page.get('.el-dialog__headerbtn').trigger('click')
  await settle(500)
  await review('王五').trigger('click')
  await settle(500)
  expect(page.get('.el-dialog').text()).not.toContain('记录已变化')
  expect(page.get<HTMLTextAreaElement>('textarea').element.value).toBe('')
  await button('同意冲正').trigger('click')
  await settle(500)
  expect(server.of('POST /registry/reversals/v2/decision').map((s) => s.body)).toEqual([{ approve: true }])
  expect(page.find('.el-dialog').exists()).toBe(false)
})
