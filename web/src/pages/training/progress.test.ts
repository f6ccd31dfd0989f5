import { describe, expect, it } from 'vitest'

import { countByGroup, lacks, type ShortRow } from '@/pages/training/progress'

function row(name: string, group: string | undefined, missing: string[]): ShortRow {
  return { user_id: name, name, group, hours: 0, target: 250, missing }
}

describe('progress by group', () => {
  it('reads the kinds of what is missing', () => {
    expect(lacks(row('a', '', ['未上传个人提升计划', '校本研修18/25学时', '应用能力点只选了2个，至少3个', '缺能力点提升总结：B4']))).toEqual(['plan', 'hours', 'points', 'summary'])
  })

  it('counts by group, the furthest behind first', () => {
    const rows = [row('a', '语文组', []), row('b', '数学组', ['校本研修18/25学时']), row('c', '数学组', []), row('d', undefined, ['未上传个人提升计划', '校本研修0/25学时']), row('e', undefined, ['校本研修0/25学时'])]
    expect(countByGroup(rows)).toEqual([
      { group: '未编组', total: 2, complete: 0, hours: 2, plan: 1, points: 0, summary: 0 },
      { group: '数学组', total: 2, complete: 1, hours: 1, plan: 0, points: 0, summary: 0 },
      { group: '语文组', total: 1, complete: 1, hours: 0, plan: 0, points: 0, summary: 0 },
    ])
  })
})
