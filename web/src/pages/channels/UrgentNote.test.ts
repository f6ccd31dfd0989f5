import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { open, serve } from '@/testing/page'

import UrgentNote from './UrgentNote.vue'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const usual = ['催办督办', '逾期提醒']
test.each([
  ['once where the programmes agree', usual, usual, '紧急的是：催办督办、逾期提醒。'],
  ['by programme where they do not', ['新待办'], usual, '紧急的是：2.0 工程新待办；1.0 工程催办督办、逾期提醒。'],
  ['that nothing is', [], [], '紧急的是：没有。'],
])('what breaks the quiet is said %s', async (_, second, first, said) => {
  serve({ 'GET /me/urgent-notices': { items: [{ programme: '2.0', kinds: second }, { programme: '1.0', kinds: first }] } })
  const { wrapper } = await open(UrgentNote, '/', '/')
  expect(wrapper.text()).toContain(said)
  expect(wrapper.text()).toContain('以立项时的政策为准')
})
