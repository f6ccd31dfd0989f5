import { flushPromises, mount } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { afterEach, expect, it, vi } from 'vitest'

import OwnCopy from './OwnCopy.vue'

afterEach(() => vi.unstubAllGlobals())

function answering(body: BodyInit, init: ResponseInit) {
  vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(new Response(body, init))))
  URL.createObjectURL = vi.fn(() => 'blob:x')
  URL.revokeObjectURL = vi.fn()
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
}

it('saves the packed copy and says how far it is', async () => {
  let feed!: ReadableStreamDefaultController<Uint8Array>
  answering(new ReadableStream<Uint8Array>({ start(c) { feed = c } }), { status: 200, headers: { 'Content-Length': '4', 'Content-Disposition': "attachment; filename*=UTF-8''a.zip" } })
  const page = mount(OwnCopy, { global: { plugins: [ElementPlus] } })
  await page.get('button').trigger('click')
  expect(page.get('[role=status]').text()).toContain('正在汇总')
  feed.enqueue(new Uint8Array([1, 2]))
  await vi.waitFor(() => expect(page.get('[role=status]').text()).toContain('50%'))
  feed.enqueue(new Uint8Array([3, 4]))
  feed.close()
  await vi.waitFor(() => expect(URL.createObjectURL).toHaveBeenCalledOnce())
  await flushPromises()
  expect(page.find('[role=status]').exists()).toBe(false)
})

it('says why there is none', async () => {
  answering(JSON.stringify({ code: 'too_many_requests', status: 429, title: '操作过于频繁', detail: '请稍候几秒后重试。' }), { status: 429, headers: { 'Content-Type': 'application/problem+json' } })
  const page = mount(OwnCopy, { global: { plugins: [ElementPlus] } })
  await page.get('button').trigger('click')
  await flushPromises()
  expect(page.text()).toContain('请稍候几秒后重试。')
  expect(URL.createObjectURL).not.toHaveBeenCalled()
})
