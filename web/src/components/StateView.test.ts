import { mount } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { expect, test } from 'vitest'

import { Problem } from '@/api/problem'
import StateView from '@/components/StateView.vue'

const query = { isPending: false, isPlaceholderData: false, error: null as Error | null, data: [1] as unknown, refetch: () => undefined }
function show(change: Partial<typeof query>, props: Record<string, unknown> = {}) {
  return mount(StateView, { props: { query: { ...query, ...change }, ...props }, slots: { default: '<p>rows</p>' }, global: { plugins: [ElementPlus] } })
}

test('what is being asked for is said, over the answer to the question before', () => {
  expect(show({ isPending: true, data: undefined }).find('[aria-label="正在加载"]').exists()).toBe(true)
  expect(show({}).find('[aria-label="正在加载"]').exists()).toBe(false)
  const stale = show({ isPlaceholderData: true })
  expect(stale.find('[aria-label="正在加载"]').exists()).toBe(true)
  expect(stale.text()).toBe('rows')
})

test('nothing there, nothing to be seen, and a fault each say so', () => {
  expect(show({}, { isEmpty: true, empty: '没有记录。' }).text()).toBe('没有记录。')
  const refusal = new Problem({ status: 403, code: 'forbidden', title: '没有权限', detail: '请用安全管理员登录。' })
  expect(show({ error: refusal, data: undefined }).text()).toContain('您没有查看这项内容的权限')
  const fault = show({ error: new Problem({ status: 503, code: 'unavailable', title: '暂不可用', detail: '请稍后重试。' }), data: undefined })
  expect(fault.get('[role=alert]').text()).toContain('请稍后重试。')
  expect(fault.text()).not.toContain('rows')
})
