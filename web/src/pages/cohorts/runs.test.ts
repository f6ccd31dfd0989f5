import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { lost, open, serve, settle } from '@/testing/page'

import MigratePage from './MigratePage.vue'
import RunPage from './RunPage.vue'
import SchemePage from './SchemePage.vue'

const cohort = { id: 'k1', name: '第一批次', programme: '2.0' }
const moves = [{ task: 'team', task_name: '提交团队', from: '2026-12-08T15:59:59Z', to: '2026-12-11T15:59:59Z' }]
const item = (n: number, allowed = true) => ({
  case_id: `c${n}`, school: { id: `s${n}`, name: `第${n}小学` }, stage: 'team', stage_name: '团队组建', allowed, message: allowed ? undefined : '已在打分。', moves: allowed ? moves : [],
})
const preview = { target: 'd2', cases: 3, allowed: 2, items: [item(1), item(2), item(3, false)], sources: [{ digest: 'd1', cases: 3, changes: [] }] }
const run = { id: 'r1', kind_name: '迁移政策版本', reason: '试行', created_by: '经办人', created_at: '2026-11-22T08:00:00Z', cases: 3, accepted: 1, refused: 1, pending: 1 }

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  localStorage.clear()
  document.body.innerHTML = ''
})

describe('migrating running cases', () => {
  async function page(start: unknown = run) {
    const server = serve({ 'GET /cohorts/k1': cohort, 'POST /cohorts/k1/migration-preview': preview, 'GET /cohorts/k1/runs': { items: [] }, 'POST /cohorts/k1/runs': start })
    const { wrapper, router } = await open(MigratePage, '/cohorts/k1/migrate', '/cohorts/:cohortId/migrate', ['cohort-scheme', 'cohort-run', 'policy'])
    const choose = (n: number) => wrapper.get(`[aria-label="选择：第${n}小学"]`).trigger('change')
    const begin = () => wrapper.findAll('button').find((b) => b.text() === '开始迁移')!
    const send = async () => {
      await wrapper.get('form').trigger('submit')
      await settle()
    }
    return { server, wrapper, router, choose, begin, send, reason: wrapper.get('input[aria-label=理由]') }
  }

  it('sends those that are chosen and may go, with the scheme that the preview showed', async () => {
    const p = await page()
    expect(p.wrapper.text()).toContain('3 个在办项目不在现行的考核方案上，其中 2 个可以迁移。')
    expect(p.wrapper.text()).toContain('提交团队：2026-12-08 改为 2026-12-11')
    expect(p.begin().attributes('disabled')).toBeDefined()
    await p.choose(2)
    await p.choose(3)
    expect(p.wrapper.text()).toContain('迁移所选 1 个项目')
    expect(p.wrapper.text()).toContain('所选中有 1 个不能迁移，不会发出。')
    expect(p.begin().attributes('disabled')).toBeDefined()
    await p.reason.setValue(' 试行 ')
    expect(p.begin().attributes('disabled')).toBeUndefined()
    await p.send()
    expect(p.server.of('POST /cohorts/k1/runs').map((s) => s.body)).toEqual([{ target: 'd2', case_ids: ['c2'], reason: '试行' }])
    expect(p.router.currentRoute.value.name).toBe('cohort-run')
  })

  it('is the same run when it is sent again after a lost line, another when something else is chosen', async () => {
    const p = await page(lost)
    await p.choose(1)
    await p.reason.setValue('试行')
    await p.send()
    expect(p.wrapper.get('[role=alert]').text()).toContain('连接中断')
    await p.send()
    await p.choose(2)
    await p.send()
    const keys = p.server.of('POST /cohorts/k1/runs').map((s) => s.key)
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
  })
})

describe('a run over the cases of a cohort', () => {
  const at = '/cohorts/k1/runs/r1'
  const row = (status: string, code = '', message = '') => ({ case_id: status + code, school: '第一小学', district: '天河区', stage: 'team', stage_name: '团队组建', status, code, message, moves })
  const show = () => open(RunPage, at, '/cohorts/:cohortId/runs/:run', ['cohort'])

  it('looks again while cases are waiting, and no longer once all are done', async () => {
    let pending = 1
    const server = serve({ [`GET ${at}`]: () => ({ ...run, pending, accepted: 2 - pending }), [`GET ${at}/items`]: { items: [] } })
    const { wrapper } = await show()
    expect(wrapper.text()).toContain('还有 1 个；可以离开本页，不会中断。')
    const seen = () => server.of(`GET ${at}`).length
    const first = seen()
    await settle(1600)
    expect(seen()).toBeGreaterThan(first)
    pending = 0
    await settle(1600)
    expect(wrapper.text()).toContain('已全部办理。 已生效 2 个')
    const last = seen()
    await settle(10_000)
    expect(seen()).toBe(last)
  })

  it.each([
    ['pending', '', '等待办理'],
    ['accepted', '', '已生效'],
    ['refused', 'unchanged', '无须改变'],
    ['refused', 'wrong_stage', '未迁移'],
  ])('calls %s %s %s', async (status, code, want) => {
    serve({ [`GET ${at}`]: { ...run, pending: 0 }, [`GET ${at}/items`]: { items: [row(status, code, '说明')] } })
    const { wrapper } = await show()
    const cells = wrapper.findAll('tbody td').map((c) => c.text())
    expect(cells[3]).toBe(code === 'unchanged' ? want : `${want}说明`)
    expect(cells[4]!.includes('改为')).toBe(status === 'accepted')
  })
})

it('the scheme of a cohort is the rules whose scope is the cohort', async () => {
  const server = serve({ 'GET /cohorts/k1': cohort })
  const { wrapper } = await open(SchemePage, '/cohorts/k1/scheme', '/cohorts/:cohortId/scheme', ['cohort-migrate'])
  expect(wrapper.get('h1').text()).toBe('第一批次：考核方案')
  expect(server.of('GET /overlays/k1/2.0').length).toBeGreaterThan(0)
})
