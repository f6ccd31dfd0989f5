import { describe, expect, it } from 'vitest'

import { deadline, type Due, waited } from '@/lib/deadline'

const due_at = '2026-11-21T15:59:59Z'

describe('deadline', () => {
  const cases: [string, Due, string, string][] = [
    ['no deadline', {}, '未设期限', 'none'],
    ['plenty of time', { due_at, days_left: 12 }, '还剩 12 个工作日', 'calm'],
    ['one more than soon', { due_at, days_left: 4 }, '还剩 4 个工作日', 'calm'],
    ['soon', { due_at, days_left: 3 }, '还剩 3 个工作日', 'soon'],
    ['the last day', { due_at, days_left: 0 }, '今天到期', 'soon'],
    ['one day over', { due_at, days_over: 1, overdue: true }, '逾期 1 个工作日', 'over'],
    ['over, before the timer has marked it', { due_at, days_over: 2 }, '逾期 2 个工作日', 'over'],
    ['over by less than a working day', { due_at, days_over: 0, overdue: true }, '已逾期', 'over'],
    ['a date whose days are not known', { due_at }, '', 'calm'],
  ]
  it.each(cases)('%s', (_, due, text, tone) => {
    expect(deadline(due)).toEqual({ text, tone })
  })
})

describe('waited', () => {
  it.each([[undefined, ''], [0, '今天开始等待'], [1, '已等待 1 个工作日'], [52, '已等待 52 个工作日']])('%s', (days, text) => {
    expect(waited(days)).toBe(text)
  })
})
