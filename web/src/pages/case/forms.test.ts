import { describe, expect, it } from 'vitest'

import type { Schemas } from '@/api/client'
import { sortActions, taskActions } from '@/pages/case/choices'
import { blank, bodyOf, forms, lacking } from '@/pages/case/forms'

describe('what an action asks for', () => {
  it('misses reasons, date, comment and receipt until they are there', () => {
    const reopen = forms['training.reopen']!
    expect(lacking(reopen, blank())).toBe('请选择新的研修截止日。')
    expect(lacking(reopen, { ...blank(), until: '2026-12-01' })).toBe('请填写重开理由。')
    expect(lacking(reopen, { ...blank(), until: '2026-12-01', comment: '补学' })).toBeUndefined()
    expect(lacking(forms['team.return']!, { ...blank(), reasons: [' ', ''] })).toBe('请填写退回理由。')
    expect(lacking(forms['credit.register']!, { ...blank(), receipt: ' ' })).toContain('回执号')
    expect(lacking(forms['assessment.submit']!, blank())).toBeUndefined()
  })

  it('sends only the fields of its kind, the deadline as the end of the day in China', () => {
    const typed = { ...blank(), comment: ' 补学 ', reasons: ['分工不清 ', ''], until: '2026-12-01', year: 2026, receipt: 'R-1 ' }
    expect(bodyOf(forms['training.reopen']!, typed, 7)).toEqual({ visit: 7, comment: '补学', until: '2026-12-01T23:59:59+08:00' })
    expect(bodyOf(forms['team.return']!, typed, 3)).toEqual({ visit: 3, reasons: [{ part: 'team', text: '分工不清' }] })
    expect(bodyOf(forms['credit.register']!, typed, 9)).toEqual({ visit: 9, year: 2026, receipt: 'R-1' })
    expect(bodyOf(forms['training.finish']!, blank(), 5)).toEqual({ visit: 5 })
  })

  it('asks for the person, the people, and a date only where one must be set', () => {
    expect(lacking(forms['task.hand_over']!, blank())).toBe('请选择接办人。')
    expect(bodyOf(forms['task.hand_over']!, { ...blank(), user: 'u1' }, 4)).toEqual({ visit: 4, user: 'u1' })
    expect(lacking(forms['case.copy']!, blank())).toBe('请选择抄送对象。')
    expect(bodyOf(forms['case.copy']!, { ...blank(), users: ['u1', 'u2'], comment: '请知悉' }, 4)).toEqual({ visit: 4, users: ['u1', 'u2'], comment: '请知悉' })
    const pause = { ...blank(), comment: '校舍搬迁' }
    expect(lacking(forms['case.pause']!, pause)).toBeUndefined()
    expect(bodyOf(forms['case.pause']!, pause, 4)).toEqual({ visit: 4, comment: '校舍搬迁' })
    expect(bodyOf(forms['case.pause']!, { ...pause, until: '2027-03-01' }, 4).until).toBe('2027-03-01T23:59:59+08:00')
    expect(lacking(forms['training.reopen_teacher']!, { ...blank(), user: 'u1', comment: '病假' })).toBe('请选择研修截止日。')
  })
})

describe('sortActions', () => {
  const a = (kind: string, allowed: boolean, code?: string, role = 'principal') => ({ kind, name: kind, visit: 1, role, allowed, code }) as Schemas['LegalAction']
  const kinds = (list: Schemas['LegalAction'][]) => list.map((x) => x.kind)

  it('parts what is possible, hindered and of other stages', () => {
    const got = sortActions([a('team.submit', false, 'wrong_stage'), a('training.finish', true), a('assessment.submit', false, 'gate_a')], () => false)
    expect([kinds(got.now), kinds(got.blocked), kinds(got.other)]).toEqual([['training.finish'], ['assessment.submit'], ['team.submit']])
  })
  it('shows an action of two roles once, as the role that may take it', () => {
    const got = sortActions([a('filing.approve', false, 'conflict', 'district'), a('filing.approve', true, undefined, 'city_office')], () => false)
    expect(got.now.map((x) => x.role)).toEqual(['city_office'])
    expect(got.other).toEqual([])
  })
  it('leaves out what a link leads to, but keeps its reason while it is hindered', () => {
    const covered = () => true
    expect(sortActions([a('plan.submit', true)], covered).now).toEqual([])
    expect(kinds(sortActions([a('plan.submit', false, 'plan_incomplete')], covered).blocked)).toEqual(['plan.submit'])
  })
})

describe('taskActions', () => {
  const a = (kind: string, visit: number, allowed: boolean, code?: string) => ({ kind, name: kind, visit, role: 'district', allowed, code, reason: code }) as Schemas['LegalAction']
  const all = [
    a('task.claim', 3, true), a('task.urge', 3, false, 'own_task'), a('task.claim', 4, false, 'claimed'),
    a('task.hand_over', 4, false, 'claimed'), a('task.urge', 4, true), a('task.urge', 5, false, 'urged_today'), a('filing.approve', 3, true),
  ]
  const of = (visit: number) => {
    const { now, blocked } = taskActions(all, visit)
    return [now.map((x) => x.kind), blocked.map((x) => x.kind)]
  }

  it('keeps to the task that is meant', () => expect(of(3)).toEqual([['task.claim'], []]))
  it('tells once that a colleague has claimed it', () => expect(of(4)).toEqual([['task.urge'], ['task.claim']]))
  it('tells that it was urged today', () => expect(of(5)).toEqual([[], ['task.urge']]))
  it('leaves them out of what concerns the case', () => {
    expect(sortActions(all, () => false).now.map((x) => x.kind)).toEqual(['filing.approve'])
  })
})
