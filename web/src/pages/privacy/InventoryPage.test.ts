import { VueQueryPlugin } from '@tanstack/vue-query'
import { mount } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { createPinia } from 'pinia'
import { afterEach, expect, test, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import InventoryPage from '@/pages/privacy/InventoryPage.vue'

afterEach(() => vi.unstubAllGlobals())

test('hundreds of rows are drawn some at a time, and anew when they are narrowed', async () => {
  const items = Array.from({ length: 120 }, (_, i) => ({
    table: 'users', column: `c${i}`, table_title: '账号', class: '姓名', category: 'ordinary', category_name: '一般', purpose: '识别', basis: '履行职责', seen_by: '本人', mask: '', retention: '三年', fate: 'keep', fate_name: '保留',
  }))
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ items }), { headers: { 'Content-Type': 'application/json' } }))
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: InventoryPage }] })
  await router.push('/')
  const page = mount(InventoryPage, { global: { plugins: [ElementPlus, createPinia(), VueQueryPlugin, router] } })
  const drawn = () => page.findAll('tbody tr').length
  await vi.waitFor(() => expect(drawn()).toBe(50))
  expect(page.text()).toContain('已显示 50 / 共 120 条')
  const more = () => page.findAll('button').find((b) => b.text() === '再显示一些')
  await more()!.trigger('click')
  await more()!.trigger('click')
  expect(drawn()).toBe(120)
  expect(more()).toBeUndefined()
  await router.replace({ query: { category: 'sensitive' } })
  await vi.waitFor(() => expect(drawn()).toBe(50))
})
