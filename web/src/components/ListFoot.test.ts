import { flushPromises, mount } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'

import { client, unwrap, workbookCursor, WorkbookAddress } from '@/api/client'
import { networkProblem } from '@/api/problem'

import ListFoot from './ListFoot.vue'

const ElButton = { template: '<button><slot /></button>' }

test('exports only where there is something to export with, and says what went wrong', async () => {
  const bare = mount(ListFoot, { props: { shown: 3 }, global: { stubs: { ElButton } } })
  expect(bare.text()).not.toContain('导出')
  const workbook = vi.fn<() => Promise<void>>().mockRejectedValue(networkProblem())
  const foot = mount(ListFoot, { props: { shown: 3, workbook }, global: { stubs: { ElButton } } })
  await foot.get('button').trigger('click')
  await flushPromises()
  expect(workbook).toHaveBeenCalledOnce()
  expect(foot.get('[role=alert]').text()).toContain(networkProblem().message)
})

test('the address of a workbook has the filters of the list and no page', async () => {
  const params = { query: { q: '陈', role: 'teacher' as const, limit: 20, cursor: workbookCursor } }
  const caught = await unwrap(client.GET('/api/v1/users', { params })).catch((e: unknown) => e)
  expect(caught).toBeInstanceOf(WorkbookAddress)
  expect((caught as WorkbookAddress).address).toBe('/api/v1/users?q=%E9%99%88&role=teacher&format=xlsx')
})
