import ElementPlus from 'element-plus'
import { config } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { open, Refusal, serve, settle } from '@/testing/page'

import AcknowledgementsPage from './AcknowledgementsPage.vue'
import PolicyVersionPage from './PolicyVersionPage.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const page = '/privacy/acknowledgements'
const others = ['privacy-policy']
const notice = { version: 'two', intro: ['第二版开头'], rights: [], contact: '信息中心', classes: [], rules: [] }
const text = {
  since: '2026-09-02T01:00:00Z', in_force: true, notice, before: 'one',
  changes: [
    { part: '到期清理', title: '停用的账号', field: '现行期限', kind: 'changed', was: '停用后满 36 个月', is: '停用后满 12 个月' },
    { part: '处理哪些个人信息', title: '新的一类', kind: 'added', is: '目的：新的目的' },
  ],
}

test('versions are listed with when they began and how many read them, and found by their words', async () => {
  const s = serve({ 'GET /privacy/versions': { items: [
    { version: 'two', since: '2026-09-02T01:00:00Z', in_force: true, readers: 12345 },
    { version: 'one', since: '2026-09-01T01:00:00Z', in_force: false, readers: 7 },
  ] } })
  const { wrapper } = await open(AcknowledgementsPage, `${page}?view=versions&q=手机号&from=2026-09-01`, page, others, {}, 'security_admin')
  const rows = wrapper.findAll('tbody tr').map((r) => r.text())
  expect(rows[0]).toMatch(/two.*现行.*12.345/)
  expect(rows[1]).toMatch(/one.*以前的版本.*7/)
  expect(wrapper.get('tbody a').attributes('href')).toBe('/privacy/policy/two')
  expect(s.of('GET /privacy/versions')[0]!.query).toEqual({ q: '手机号', from: '2026-08-31T16:00:00.000Z', sort: '-since' })
  await wrapper.findAll('button').find((b) => b.text().includes('首次施行'))!.trigger('click')
  await settle()
  expect(s.of('GET /privacy/versions').at(-1)!.query.sort).toBe('since')
})

test('a version tells what it changed, and says all it said', async () => {
  serve({ 'GET /privacy/versions/two': text })
  const { wrapper } = await open(PolicyVersionPage, '/privacy/policy/two', '/privacy/policy/:version', others)
  for (const part of ['现行', '到期清理 · 停用的账号 · 现行期限', '处理哪些个人信息 · 新的一类', '新增', '目的：新的目的', '第二版开头']) {
    expect(wrapper.text()).toContain(part)
  }
  expect(wrapper.get('del').text()).toContain('36')
  expect(wrapper.get('ins').text()).toContain('12')
})

test('the first version has none before it; one that was not kept says so', async () => {
  serve({ 'GET /privacy/versions/one': { ...text, before: undefined, changes: [], in_force: false } })
  const first = await open(PolicyVersionPage, '/privacy/policy/one', '/privacy/policy/:version', others)
  expect(first.wrapper.text()).toContain('没有留存更早的版本')
  serve({ 'GET /privacy/versions/old': new Refusal(404, 'not_found', '系统没有留存这个版本的隐私政策。') })
  const gone = await open(PolicyVersionPage, '/privacy/policy/old', '/privacy/policy/:version', others)
  expect(gone.wrapper.text()).toContain('系统没有留存这个版本的隐私政策')
})
