import type { Schemas } from '@/api/client'
import type { BatchKind } from '@/batch/judge'
import type { Column } from '@/components/table'
import { waited } from '@/lib/deadline'
import { dateTime } from '@/lib/format'
import { officials, type Role, school as schoolRoles } from '@/lib/roles'

export type Item = Schemas['TaskItem']
export type Box = Schemas['TaskBox']

export interface BoxKind {
  box: Box
  title: string
  empty: string
  /** The order at first: the most urgent, or the newest. */
  sort: string
  columns: Column<Item>[]
}

const name: Column<Item> = { key: 'name', title: '事项', head: true }
const school: Column<Item> = { key: 'school', title: '学校', text: (r) => r.school, sort: 'name' }
const stage: Column<Item> = { key: 'stage', title: '项目现在的环节', text: (r) => r.stage_name }

/** The three boxes of the inbox. */
export const boxes: BoxKind[] = [
  {
    box: 'todo', title: '待办', sort: 'due',
    empty: '现在没有等您办理的事项。轮到您时会出现在这里，并发通知给您。',
    columns: [
      name, school, { ...stage, title: '环节' },
      { key: 'since', title: '已等待', text: (r) => waited(r.working_days).replace('已等待 ', ''), sort: 'since' },
      { key: 'due', title: '期限', sort: 'due' },
      { key: 'go', title: '办理', align: 'right' },
    ],
  },
  {
    box: 'done', title: '已办', sort: '-done', empty: '您还没有办结过事项。办过的会留在这里。',
    columns: [name, school, stage, { key: 'done', title: '办理时间', text: (r) => dateTime(r.done_at), sort: 'done' }, { key: 'late', title: '期限' }],
  },
  {
    box: 'submitted', title: '我提交的', sort: '-since', empty: '您还没有提交过办理。提交后，是否生效会显示在这里。',
    columns: [name, school, stage, { key: 'since', title: '提交时间', text: (r) => dateTime(r.since), sort: 'since' }, { key: 'status', title: '结果' }],
  },
]

/** What can be done with several rows of a box at once: one's own tasks are worked on, what
 * others have is urged and put off. */
export function batchKinds(box: Box, has: (...roles: Role[]) => boolean): BatchKind[] {
  if (box === 'todo') {
    const own: BatchKind[] = has('district', 'city_office') ? ['filing.approve'] : []
    return has(...schoolRoles, 'district', 'bureau', 'city_office') ? [...own, 'task.claim', 'task.hand_over'] : []
  }
  if (!has(...schoolRoles, ...officials)) return []
  return has('district', 'bureau', 'city_office') ? ['task.urge', 'task.extend'] : ['task.urge']
}
