import { describe, expect, it } from 'vitest'

import type { Schemas } from '@/api/client'
import { sortActions } from '@/pages/case/choices'
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
    const typed = { comment: ' 补学 ', reasons: ['分工不清 ', ''], until: '2026-12-01', year: 2026, receipt: 'R-1 ' }
    expect(bodyOf(forms['training.reopen']!, typed, 7)).toEqual({ visit: 7, comment: '补学', until: '2026-12-01T23:59:59+08:00' })
    expect(bodyOf(forms['team.return']!, typed, 3)).toEqual({ visit: 3, reasons: [{ part: 'team', text: '分工不清' }] })
    expect(bodyOf(forms['credit.register']!, typed, 9)).toEqual({ visit: 9, year: 2026, receipt: 'R-1' })
    expect(bodyOf(forms['training.finish']!, blank(), 5)).toEqual({ visit: 5 })
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
