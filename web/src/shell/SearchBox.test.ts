import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import SearchBox from '@/shell/SearchBox.vue'

const page = { template: '<i />' }
const found = {
  groups: [
    { kind: 'school', name: '学校', more: false, items: [{ kind: 'school', id: 's1', title: '第一小学', subtitle: '天河区', case_id: 'c1' }] },
    { kind: 'user', name: '用户', more: true, items: [{ kind: 'user', id: 'u1', title: '第一人', subtitle: '天河区', case_id: 'c2' }] },
  ],
}
let asked: string[]

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
  asked = []
  vi.stubGlobal('fetch', (r: Request) => {
    asked.push(new URL(r.url).searchParams.get('q') ?? '')
    return Promise.resolve(new Response(JSON.stringify(found), { headers: { 'Content-Type': 'application/json' } }))
  })
  return () => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  }
})

async function show() {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/', component: page }, { path: '/cases/:caseId', component: page }, { path: '/cases/:caseId/study', name: 'teacher-study', component: page }],
  })
  await router.push('/')
  const w = mount(SearchBox, { global: { plugins: [router, createPinia(), VueQueryPlugin] }, attachTo: document.body })
  return { w, router, input: w.get('input') }
}

async function type(input: Awaited<ReturnType<typeof show>>['input'], text: string) {
  await input.trigger('focus')
  await input.setValue(text)
  await vi.advanceTimersByTimeAsync(250)
  await flushPromises()
}

describe('search box', () => {
  it('asks once the typing has paused, and not for a single character', async () => {
    const { input, w } = await show()
    await type(input, '第')
    expect(asked).toEqual([])
    expect(w.text()).toContain('至少 2 个字')
    await input.setValue('第一')
    await input.setValue('第一小')
    await vi.advanceTimersByTimeAsync(250)
    expect(asked).toEqual(['第一小'])
  })

  it('is walked with the arrows, around both ends, and opened with Enter', async () => {
    const { input, router, w } = await show()
    await type(input, '第一')
    const active = () => w.find('[aria-selected="true"] span').text()
    expect(input.attributes('aria-expanded')).toBe('true')
    await input.trigger('keydown', { key: 'ArrowDown' })
    expect(active()).toBe('第一小学')
    expect(input.attributes('aria-activedescendant')).toBe(w.get('[aria-selected="true"]').attributes('id'))
    await input.trigger('keydown', { key: 'ArrowUp' })
    expect(active()).toBe('第一人')
    await input.trigger('keydown', { key: 'Enter' })
    await flushPromises()
    expect(router.currentRoute.value.fullPath).toBe('/cases/c2/study?teacher=u1')
  })

  it('takes the first when Enter is pressed at once, and remembers schools but no people', async () => {
    const { input, router, w } = await show()
    await type(input, '第一')
    await input.trigger('keydown', { key: 'Enter' })
    await flushPromises()
    expect(router.currentRoute.value.fullPath).toBe('/cases/c1')
    await type(input, '第一')
    await input.trigger('keydown', { key: 'ArrowUp' })
    await input.trigger('keydown', { key: 'Enter' })
    await input.trigger('focus')
    expect(w.findAll('[role="option"]').map((o) => o.find('span').text())).toEqual(['第一小学'])
  })

  it('leaves the keys to an input method that is at work', async () => {
    const { input, router } = await show()
    await type(input, '第一')
    await input.trigger('keydown', { key: 'Enter', isComposing: true })
    expect(router.currentRoute.value.fullPath).toBe('/')
  })

  it('closes with Escape and is emptied by a second', async () => {
    const { input } = await show()
    await type(input, '第一')
    await input.trigger('keydown', { key: 'Escape' })
    expect(input.attributes('aria-expanded')).toBe('false')
    expect((input.element as HTMLInputElement).value).toBe('第一')
    await input.trigger('keydown', { key: 'Escape' })
    expect((input.element as HTMLInputElement).value).toBe('')
  })
})
