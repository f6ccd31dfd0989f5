import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import HeatTable from '@/pages/dashboard/HeatTable.vue'
import { heatRows, shade } from '@/pages/dashboard/heat'

const none = { template: '<i />' }
const cell = (id: string, stage: 'team' | 'filing', count: number, overdue: number) => ({
  stage, stage_name: stage, district: { id, name: `${id}区` }, count, overdue,
})
const heat = [cell('a', 'team', 4, 0), cell('a', 'filing', 2, 0), cell('b', 'filing', 3, 1)]

async function show(scope: { cohort_id?: string; under?: string } = {}) {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: none }, { path: '/board', name: 'board', component: none }] })
  await router.push('/')
  return mount(HeatTable, { props: { heat, scope }, global: { plugins: [router] } })
}
const href = (w: Awaited<ReturnType<typeof show>>, label: string) => w.get(`[aria-label="${label}"]`).attributes('href')

describe('heat table', () => {
  it('opens the board on what each figure counts', async () => {
    const w = await show()
    expect(href(w, 'b区 审核备案 3 所')).toBe('/board?district_id=b&stage=filing')
    expect(href(w, 'b区 审核备案 逾期 1 所')).toBe('/board?district_id=b&stage=filing&overdue=1')
    expect(href(w, 'b区 合计 3 所')).toBe('/board?district_id=b')
    expect(href(w, '审核备案 合计 5 所')).toBe('/board?stage=filing')
    expect(href(w, '审核备案 合计逾期 1 所')).toBe('/board?stage=filing&overdue=1')
  })

  it('keeps the scope of the dashboard', async () => {
    const w = await show({ cohort_id: 'c1', under: 'city' })
    expect(href(w, 'a区 团队组建 4 所')).toBe('/board?cohort_id=c1&under=city&district_id=a&stage=team')
  })

  it('puts districts with most overdue first and shows nothing where nothing is', async () => {
    const w = await show()
    expect(w.findAll('tbody th').map((t) => t.text())).toEqual(['b区', 'a区'])
    expect(w.findAll('tbody tr')[0]!.findAll('td')[0]!.text()).toBe('')
  })
})

describe('heatRows', () => {
  it('sums rows and columns', () => {
    const t = heatRows(heat)
    expect(t.rows.map((r) => [r.name, r.count, r.overdue])).toEqual([['b区', 3, 1], ['a区', 6, 0]])
    expect(t.sums).toEqual({ team: { count: 4, overdue: 0 }, filing: { count: 5, overdue: 1 } })
    expect(t.most).toBe(4)
  })
})

describe('shade', () => {
  it.each([[0, 10, 0], [1, 10, 9], [10, 10, 34], [0, 0, 0]])('%i of %i is %i%%', (n, most, want) => {
    expect(shade(n, most)).toBe(want)
  })
})
