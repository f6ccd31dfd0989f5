import { describe, expect, it } from 'vitest'

import type { Schemas } from '@/api/client'
import { judge, parts, type Target } from '@/batch/judge'

type Action = Partial<Schemas['LegalAction']>

function view(actions: Action[], rest: Partial<Schemas['CaseView']> = {}): Schemas['CaseView'] {
  return { id: 'c1', stage: 'filing', revision: 2, waits: [], actions: actions.map((a) => ({ allowed: true, ...a })), ...rest } as unknown as Schemas['CaseView']
}
const target: Target = { key: 'k', caseId: 'c1', school: '第一小学' }
const wait = (visit: number, task: string) => ({ visit, task }) as Schemas['Wait']

describe('judge', () => {
  it('sends the visit that the list showed, and refuses another one', () => {
    const v = view([{ kind: 'task.claim', visit: 4 }])
    expect(judge('task.claim', { ...target, visit: 4 }, v)).toEqual({ case_id: 'c1', visit: 4 })
    expect(judge('task.claim', { ...target, visit: 3 }, v)).toContain('已有变化')
  })

  it('finds the task by its name where the list knows no visit', () => {
    const v = view([{ kind: 'task.urge', visit: 4 }, { kind: 'task.urge', visit: 5 }], { waits: [wait(4, 'panel'), wait(5, 'training')] })
    expect(judge('task.urge', { ...target, task: 'training' }, v)).toEqual({ case_id: 'c1', visit: 5 })
    expect(judge('task.urge', target, v)).toEqual({ case_id: 'c1', visit: 4 })
  })

  it('tells the reason of the server', () => {
    expect(judge('task.urge', target, view([{ kind: 'task.urge', visit: 4, allowed: false, reason: '今天已催办过。' }]))).toBe('今天已催办过。')
    expect(judge('task.urge', target, view([]))).toBe('没有您可以催办的待办。')
    expect(judge('task.urge', target, view([], { stage: 'closed' }))).toBe('项目已办结。')
  })

  it('approves the newest revision, and reviews of plans only', () => {
    const v = view([{ kind: 'filing.approve', visit: 7 }])
    expect(judge('filing.approve', { ...target, task: 'filing', visit: 7 }, v)).toEqual({ case_id: 'c1', visit: 7, revision: 2 })
    expect(judge('filing.approve', { ...target, task: 'team' }, v)).toContain('须逐个办理')
  })
})

describe('parts', () => {
  const row = (id: string, visit = 1) => ({ item: { case_id: id, visit } })

  it('holds no more than its size, and no case twice', () => {
    const got = parts([row('a'), row('b'), row('a', 2), row('c'), row('d')], 2)
    expect(got.map((p) => p.map((r) => r.item.case_id))).toEqual([['a', 'b'], ['a', 'c'], ['d']])
  })
})
