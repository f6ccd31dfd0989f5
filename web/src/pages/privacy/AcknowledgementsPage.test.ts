import ElementPlus from 'element-plus'
import { config } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { open, serve, settle } from '@/testing/page'

import AcknowledgementsPage from './AcknowledgementsPage.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const district = { org: { id: 'd', name: '天河区' }, level: 'district', own: false, accounts: 30, read: 20, unread: 10 }
const office = { org: { id: 'c', name: '广州市' }, level: 'city', own: true, accounts: 2, read: 2, unread: 0 }
const person = (id: string, at?: string) => ({ id, login: id, name: `教师${id}`, org: { id: 's', name: '第一小学' }, read: !!at, at, version: at ? 'v2' : 'v1' })
const people = '/privacy/acknowledgements'

function server() {
  return serve({
    [`GET ${people}/orgs`]: { version: 'v2', org: office.org, accounts: 32, read: 22, items: [district, office] },
    [`GET ${people}`]: { version: 'v2', items: [person('a', '2026-09-01T01:00:00Z'), person('b')] },
  })
}

test('from the organisations down to those who have not read the policy', async () => {
  const s = server()
  const { wrapper } = await open(AcknowledgementsPage, people, people, ['privacy-policy'], {}, 'security_admin')
  expect(wrapper.text()).toContain('在用账号 32 个，已阅读 22 个（68%）')
  expect(s.of(`GET ${people}/orgs`)[0]!.query).toEqual({ sort: '-unread' })
  await wrapper.findAll('button').find((b) => b.text() === '天河区')!.trigger('click')
  await settle()
  expect(s.of(`GET ${people}/orgs`).at(-1)!.query).toEqual({ sort: '-unread', under: 'd' })
  await wrapper.get('button[aria-label="天河区未阅读的 10 人"]').trigger('click')
  await settle()
  expect(s.of(`GET ${people}`).at(-1)!.query).toEqual({ sort: 'login', under: 'd', state: 'unread' })
  expect(wrapper.text()).toContain('只读过以前的版本')
})

test('only who has read it is in order of when', async () => {
  const s = server()
  const { wrapper } = await open(AcknowledgementsPage, `${people}?view=people&state=unread`, people, ['privacy-policy'], {}, 'security_admin')
  await wrapper.findAll('button').find((b) => b.text().includes('阅读时间'))!.trigger('click')
  await settle()
  expect(s.of(`GET ${people}`).at(-1)!.query).toEqual({ sort: 'acknowledged', state: 'read' })
})
