import { config } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Component } from 'vue'

import EventsPage from '@/pages/events/EventsPage.vue'
import { open, serve, settle } from '@/testing/page'

import BalanceList from './BalanceList.vue'
import ReversalList from './ReversalList.vue'
import StrayList from './StrayList.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const at = '2026-09-01T01:00:00Z'
const sum = { rows: 1, hours: 50 }
const lists: [string, string, Component, object, string, string][] = [
  ['reversals', 'GET /registry/reversals', ReversalList, { id: 'v', name: '张三', year: 2026, school: '校', hours: 1, reason: '重复', asked_by: '李四', asked_at: at, state: 'asked', state_name: '待复核', mine: true }, '-asked', 'asked'],
  ['strays', 'GET /registry/strays', StrayList, { no: 'n', kind_name: '已登记', hours: 1, receipt: 'r', problem: '没有这条记录', at }, '-at', 'at'],
  ['balances', 'GET /registry/balances', BalanceList, { case_id: 'c', school: '校', cohort: '批次', stage_name: '办结', due: sum, booked: sum, sent: sum, refused: sum, disputed: sum, waiting: 0, reversals: 0, balanced: true }, 'school', '-school'],
  ['events', 'GET /events', EventsPage, { case_id: 'c', school: { id: 's', name: '校' }, event: { seq: 1, at, name: '提交团队', actor: '系统', stage_after_name: '团队组建', hash: 'h' } }, '-at', 'at'],
]

test.each(lists)('the list of %s is turned round by its heading', async (_, path, page, row, usual, turned) => {
  const server = serve({ [path]: { items: [row] }, 'GET /roles': { items: [] } })
  const { wrapper } = await open(page, '/', '/', [], {}, 'bureau')
  expect(server.of(path).at(-1)!.query).toMatchObject({ sort: usual })
  const heading = wrapper.get('th[aria-sort]')
  expect(heading.attributes('aria-sort')).toBe(usual.startsWith('-') ? 'descending' : 'ascending')
  await heading.get('button').trigger('click')
  await settle()
  expect(server.of(path).at(-1)!.query).toMatchObject({ sort: turned })
})
