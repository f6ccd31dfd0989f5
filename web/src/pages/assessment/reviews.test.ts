import { describe, expect, it } from 'vitest'

import { filterReviews, type ReviewRow, summariesOf } from '@/pages/assessment/reviews'
import { readAll } from '@/pages/training/people'

function row(change: Partial<ReviewRow>): ReviewRow {
  return {
    user_id: change.name ?? 'u', name: '张', plan: true, hours: 250, target: 250, summaries: 3, points: 3, points_min: 3,
    complete: true, missing: [], result: 'pending', ...change,
  }
}

describe('the 初审 list', () => {
  const rows = [row({ name: '张三', group: '语文组' }), row({ name: '李四', group: '数学组', complete: false }), row({ name: '张五', group: '数学组', result: 'passed' })]
  it.each([
    [{}, 3], [{ q: ' 张 ' }, 2], [{ group: '数学组' }, 2], [{ done: 'no' }, 1], [{ done: 'yes', result: 'pending' }, 1], [{ q: '王' }, 0],
  ])('%o leaves %i', (filter, n) => {
    expect(filterReviews(rows, filter)).toHaveLength(n)
  })

  it.each([[0, 0, '0/3'], [2, 3, '2/3'], [4, 4, '4/4']])('%i summaries of %i points read %s', (summaries, points, text) => {
    expect(summariesOf(row({ summaries, points }))).toBe(text)
  })
})

describe('readAll', () => {
  it('reads on until there is no more', async () => {
    const pages: Record<string, { items: number[]; next?: string }> = { '': { items: [1, 2], next: 'b' }, b: { items: [3], next: '' } }
    await expect(readAll((cursor) => Promise.resolve(pages[cursor ?? '']!))).resolves.toEqual([1, 2, 3])
  })
})
