import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'

import { useServed } from '@/pages/training/useServed'

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
})

function form(first?: { title: string }) {
  const server = ref<{ title: string } | undefined>(first)
  const f = effectScope(true).run(() => useServed('theme', { title: '' }, () => server.value && { ...server.value }))!
  return { server, ...f }
}

it('shows what the server has, and what it has later', async () => {
  const { server, draft } = form()
  server.value = { title: '甲' }
  await nextTick()
  expect(draft.value.title).toBe('甲')
  server.value = { title: '乙' }
  await nextTick()
  expect(draft.value.title).toBe('乙')
})

it('keeps what was typed when the page reads anew', async () => {
  const { server, draft } = form({ title: '甲' })
  draft.value.title = '正在写'
  await nextTick()
  server.value = { title: '乙' }
  await nextTick()
  expect(draft.value.title).toBe('正在写')
})

it('stays saved when the page reads what it saved, and no longer than that', async () => {
  const { server, draft, saved, isSaved } = form({ title: '甲' })
  draft.value.title = '乙'
  saved()
  server.value = { title: '乙' }
  await nextTick()
  expect(isSaved.value).toBe(true)
  draft.value.title = '丙'
  expect(isSaved.value).toBe(false)
})

it('restores what an earlier visit typed, until it is reverted', async () => {
  const { draft } = form({ title: '甲' })
  draft.value.title = '没有保存'
  await nextTick()
  const again = form({ title: '甲' })
  expect([again.draft.value.title, again.restored.value]).toEqual(['没有保存', true])
  again.revert()
  expect([again.draft.value.title, again.restored.value]).toEqual(['甲', false])
})
