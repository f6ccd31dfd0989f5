import { config } from '@vue/test-utils'
import ElementPlus, { ElOption, ElSelect } from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { Role } from '@/lib/roles'
import { open, serve, settle } from '@/testing/page'

import AuditPage from './AuditPage.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const entry = {
  id: 'a1', at: '2026-09-01T01:00:00Z', actor_id: 'u1', actor: '张三', actor_role: '区工程办', action: 'user.unlock', action_name: '解除锁定', result: 'ok', times: 1,
  subject_kind: 'user', subject_id: 'u2', subject: '李四', detail: '{"reason":"本人电话核实"}', sealed: true, seq: 7, hash: 'abc', ip: '10.1.2.3',
}
async function page(role: Role) {
  const server = serve({
    'GET /audit': { items: [entry] }, 'GET /users': { items: [] },
    'GET /audit/state': { sealed: 7, waiting: 0, actions: [{ code: 'login', name: '登录' }, { code: 'user.unlock', name: '解除锁定' }] },
  })
  const { wrapper } = await open(AuditPage, '/', '/', [], {}, role)
  return { wrapper, asked: () => server.of('GET /audit').at(-1)!.query }
}

test('actions are chosen by name, and the time is sorted by its heading', async () => {
  const { wrapper, asked } = await page('audit_admin')
  expect(wrapper.findAll('tbody td').map((td) => td.text())).toEqual(['2026-09-01 09:00', '解除锁定', '张三\u2002区工程办', '用户 李四', '成功', '', '10.1.2.3', '7'])
  const select = wrapper.findAllComponents(ElSelect).find((s) => s.props('ariaLabel') === '行为')!
  expect(select.findAllComponents(ElOption).map((o) => [o.props('value'), o.props('label')])).toEqual([['login', '登录'], ['user.unlock', '解除锁定']])
  select.vm.$emit('update:modelValue', 'user.unlock')
  await settle()
  expect(asked()).toMatchObject({ action: 'user.unlock', sort: '-at' })
  await wrapper.get('th[aria-sort] button').trigger('click')
  await settle()
  expect(asked()).toMatchObject({ action: 'user.unlock', sort: 'at' })
})

test('days are whole days in China, and turned ones are said to be', async () => {
  const { wrapper, asked } = await page('auditor')
  const [from, to] = wrapper.findAll('input[type=date]')
  await from!.setValue('2026-09-02')
  await to!.setValue('2026-09-02')
  await settle()
  expect(asked()).toMatchObject({ from: '2026-09-01T16:00:00.000Z', to: '2026-09-02T16:00:00.000Z' })
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
  await to!.setValue('2026-09-01')
  await settle()
  expect(wrapper.get('[role=alert]').text()).toContain('开始日期晚于结束日期')
})

test('what a list leaves out of an entry is asked for when it is opened', async () => {
  const stated = JSON.stringify(Array.from({ length: 201 }, (_, i) => ['cohort_schools', `s${i}`, '', 'h']))
  const server = serve({
    'GET /audit': { items: [{ ...entry, stated_omitted: stated.length }] }, 'GET /users': { items: [] }, 'GET /audit/state': { sealed: 7, waiting: 0, actions: [] },
    'GET /audit/a1': { ...entry, stated },
  })
  const { wrapper } = await open(AuditPage, '/', '/', [], {}, 'audit_admin')
  expect(server.of('GET /audit/a1')).toHaveLength(0)
  await wrapper.findAll('button').find((b) => b.text() === '解除锁定')!.trigger('click')
  await settle(500)
  const drawer = document.querySelector('.el-drawer')!
  expect(server.of('GET /audit/a1')).toHaveLength(1)
  expect(drawer.querySelectorAll('li')).toHaveLength(200)
  expect(drawer.textContent).toContain('新增 cohort_schools s199')
  expect(drawer.textContent).toContain('共 201 行')
})

test('an entry opens with its details in words, and leads to all about its subject', async () => {
  const { wrapper, asked } = await page('audit_admin')
  await wrapper.findAll('button').find((b) => b.text() === '解除锁定')!.trigger('click')
  await settle(500)
  const facts = document.querySelector('.el-drawer dl')!.textContent
  for (const part of ['解除锁定（user.unlock）', '用户 李四', '理由', '本人电话核实', '第 7 条']) expect(facts).toContain(part)
  ;[...document.querySelectorAll<HTMLButtonElement>('.el-drawer button')].find((b) => b.textContent?.includes('同一对象'))!.click()
  await settle(500)
  expect(asked()).toMatchObject({ subject_kind: 'user', subject_id: 'u2' })
  expect(wrapper.text()).toContain('用户编号：u2')
})
