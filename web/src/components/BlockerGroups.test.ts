import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { open, Refusal, serve, settle } from '@/testing/page'

import BlockerGroups from './BlockerGroups.vue'

const at = 'GET /cases/c1/blockers/groups'
const clear = { members: 4, blocked: 0, hours: 0, missing: 0, plan: 0, points: 0, summary: 0, review: 0, grade: 0 }
const items = [
  { id: 'g1', name: '语文组', leader: '陈老师', ...clear, members: 6, blocked: 3, hours: 2, missing: 75, plan: 1 },
  { id: 'g2', name: '数学组', ...clear },
]

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

async function show(answer: unknown = { items }) {
  const server = serve({ [at]: answer })
  const { wrapper } = await open(BlockerGroups, '/', '/', [], { caseId: 'c1' })
  const sort = async (title: string) => {
    await wrapper.findAll('th button').find((b) => b.text() === title)!.trigger('click')
    await settle()
    return server.of(at).at(-1)!.query.sort
  }
  const cells = (i: number) => wrapper.findAll('tbody tr')[i]!.findAll('td').map((c) => c.text())
  return { server, wrapper, sort, cells }
}

describe('groups that hold a school back', () => {
  it('come with most people behind first; what is not missing is not written', async () => {
    const g = await show()
    expect(g.server.of(at)[0]!.query.sort).toBe('-blocked')
    expect(g.cells(0)).toEqual(['语文组 组长 陈老师', '6', '3', '2 共差 7.5 学时', '1', '', '', '', ''])
    expect(g.cells(1)).toEqual(['数学组', '4', '齐全', '', '', '', '', '', ''])
  })

  it('are sorted by a number from the most on, by name from the first on, and turned by a second click', async () => {
    const g = await show()
    expect(await g.sort('有缺项')).toBe('blocked')
    expect(await g.sort('有缺项')).toBe('-blocked')
    expect(await g.sort('未满学时')).toBe('-hours')
    expect(await g.sort('教研组')).toBe('name')
    expect(await g.sort('教研组')).toBe('-name')
    expect(await g.sort('教研组')).toBe('name')
    expect(await g.sort('缺计划')).toBe('-plan')
  })

  it('say what will be here as long as there are none, and have nothing to export', async () => {
    const g = await show({ items: [] })
    expect(g.wrapper.text()).toContain('还没有教师和教研组')
    expect(g.wrapper.get('button').attributes('disabled')).toBeDefined()
  })

  it('say so when they can not be read', async () => {
    const g = await show(new Refusal(403, 'forbidden', '您的身份不能查看。'))
    expect(g.wrapper.text()).toContain('您的身份不能查看。')
  })
})
