import { describe, expect, it } from 'vitest'

import { turns } from '@/pages/study/turns'
import type { Study } from '@/pages/study/useStudy'

function study(change: Partial<Study>): Study {
  return {
    user_id: 'u', name: '张老师', hours: 250, target: 250, missing: [], plan: { goals: '' }, points: [], activities: [],
    review: 'pending', grade: 'pending', writable: true, ...change,
  }
}
function point(code: string, status: Study['points'][number]['status']): Study['points'][number] {
  return { code, name: code, status, status_name: '', practice: [] }
}

describe('turns', () => {
  it('names who acts on each point, the teacher first', () => {
    const list = turns(study({ missing: ['x'], points: [point('B1', 'submitted'), point('B2', 'reviewed'), point('B4', 'returned'), point('G4', 'chosen')] }))
    expect(list.map((t) => t.who)).toEqual(['self', 'self', 'leader', 'team'])
    expect(list[0]!.anchor).toBe('point-B4')
    expect(list[2]!.text).toContain('B1')
  })

  it('waits for the 初审 only when nothing is missing', () => {
    expect(turns(study({})).map((t) => t.who)).toEqual(['admin'])
    expect(turns(study({ missing: ['未上传个人提升计划'] }))).toEqual([])
    expect(turns(study({ review: 'passed' }))).toEqual([])
  })

  it('gives a failed 初审 back to the teacher with its reason', () => {
    expect(turns(study({ review: 'failed', review_reason: '计划过于简单' }))[0]).toMatchObject({ who: 'self', text: '初审未通过：计划过于简单' })
  })
})
