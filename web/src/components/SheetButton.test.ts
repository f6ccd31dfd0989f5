import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'

import ProblemAlert from '@/components/ProblemAlert.vue'
import SheetButton from '@/components/SheetButton.vue'

const stubs = { ElButton: { template: '<button type="button"><slot /></button>' } }
afterEach(() => vi.unstubAllGlobals())

it('asks for the whole list as a workbook, with the query that is set', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (r: Request) => {
    asked.push(new URL(r.url).pathname + new URL(r.url).search)
    return Response.json({ status: 403, code: 'forbidden', title: '不能办理', detail: '您没有导出的权限。' }, { status: 403 })
  })
  const button = mount(SheetButton, { props: { address: '/api/v1/overlays', query: { programme: '2.0', q: undefined } }, global: { stubs } })
  await button.get('button').trigger('click')
  await flushPromises()
  expect(asked).toEqual(['/api/v1/overlays?programme=2.0&format=xlsx'])
  expect(button.getComponent(ProblemAlert).text()).toContain('您没有导出的权限。')
})
