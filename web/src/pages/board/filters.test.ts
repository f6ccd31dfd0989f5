import { describe, expect, it } from 'vitest'

import { nextSort } from '@/pages/board/columns'
import { boardLink, filterWords, otherFilters, progressQuery } from '@/pages/board/filters'

describe('progressQuery', () => {
  it('asks for the nearest deadline first', () => {
    expect(progressQuery({})).toEqual({ sort: 'due' })
  })
  it('takes a day as its end in China, and overdue as yes or no', () => {
    expect(progressQuery({ due: '2026-11-30', overdue: '1', sort: '-overdue' })).toEqual({
      due_before: '2026-11-30T23:59:59+08:00', overdue: true, sort: '-overdue',
    })
    expect(progressQuery({ overdue: '0' }).overdue).toBe(false)
  })
  it('asks for marks as yes or no and for days of waiting as they are', () => {
    expect(progressQuery({ orphaned: '1', returned: '1', stuck_days: '20', due_from: '2026-11-23' })).toEqual({
      orphaned: true, returned: true, stuck_days: '20', due_after: '2026-11-23T00:00:00+08:00', sort: 'due',
    })
  })
  it('leaves out what is empty', () => {
    expect(progressQuery({ q: '', stage: 'team' })).toEqual({ stage: 'team', sort: 'due' })
  })
})

describe('boardLink', () => {
  it('names the order where there is no filter, against a view that opens by itself', () => {
    expect(boardLink({})).toEqual({ name: 'board', query: { sort: 'due' } })
  })
  it('carries the filters that are set', () => {
    expect(boardLink({ stage: 'filing', overdue: undefined, district_id: 'd1' })).toEqual({ name: 'board', query: { stage: 'filing', district_id: 'd1' } })
  })
})

describe('otherFilters', () => {
  it('says them in words and drops the span with the event', () => {
    expect(otherFilters({ entered: 'closed', from: '2026-11-16', to: '2026-11-22', verdict: 'rectify' })).toEqual([
      { text: '2026-11-16 至 2026-11-22 进入过“办结”', drop: ['entered', 'from', 'to'] },
      { text: '考核结果：整改', drop: ['verdict'] },
    ])
  })
})

describe('nextSort', () => {
  it.each([
    ['due', 'name', 'name'],
    ['name', '-name', '-name'],
    ['due', 'overdue', '-overdue'],
    ['-overdue', 'overdue', 'overdue'],
    ['overdue', '-overdue', '-overdue'],
    ['due', 'waited', '-waited'],
  ])('from %s, asked %s: %s', (current, asked, want) => {
    expect(nextSort(current, asked)).toBe(want)
  })
})

describe('filterWords', () => {
  it('names what narrows the list', () => {
    const words = filterWords({ cohort_id: 'c', stage: 'filing', overdue: '1', q: '一', waiting_role: 'r', sort: 'due' }, (id) => `<${id}>`)
    expect(words).toEqual(['<c>', '审核备案', '只看逾期', '学校名称含“一”', '等待<r>'])
    expect(filterWords({ behind: '1', stuck_days: '20' }, String)).toEqual(['已等待满 20 个工作日', '落后于计划'])
  })
})
