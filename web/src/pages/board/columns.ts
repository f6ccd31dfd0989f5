import type { Schemas } from '@/api/client'
import type { Column } from '@/components/table'
import { date, dateTime } from '@/lib/format'
import { results, verdicts } from '@/pages/board/filters'

export type Row = Schemas['ProgressRow']

/** A column of the board; `file` are the columns of the exported workbook that say the same. */
export interface BoardColumn extends Column<Row> {
  file: string[]
}

/** 区工程办·李老师: the office and, where it is known, the person. */
export function waitsOn(r: Row): string {
  const who = r.waiting_person ?? r.waiting_role_name
  // Some are known by their office's name only.
  const where = who && r.waiting_org && who.startsWith(r.waiting_org) ? '' : r.waiting_org
  return [where, who].filter(Boolean).join(' · ')
}

function days(n: number | undefined): string {
  return n ? `${n} 工作日` : ''
}

export const allColumns: BoardColumn[] = [
  { key: 'school', title: '学校', head: true, sort: 'name', file: ['school'] },
  { key: 'district', title: '区', file: ['district'] },
  { key: 'cohort', title: '批次', optional: true, file: ['cohort'] },
  { key: 'stage', title: '环节', sort: 'stage', file: ['stage'] },
  { key: 'task', title: '等待事项', optional: true, text: (r) => r.task_name, file: ['task'] },
  { key: 'waiting', title: '等待', text: waitsOn, file: ['waiting_org', 'waiting_role', 'waiting_person'] },
  { key: 'since', title: '等待起始', optional: true, text: (r) => date(r.waiting_since), file: ['waiting_since'] },
  { key: 'waited', title: '已等待', sort: 'waited', file: ['working_days'] },
  { key: 'due', title: '期限', sort: 'due', file: ['due_at'] },
  { key: 'over', title: '逾期', sort: 'overdue', file: ['days_over'] },
  { key: 'plan', title: '与计划比', sort: 'plan', file: ['behind_days', 'elapsed_percent', 'plan_end'] },
  { key: 'left', title: '还剩', optional: true, text: (r) => (r.overdue ? '' : days(r.days_left)), file: ['days_left'] },
  { key: 'blocker', title: '滞留原因', text: (r) => r.blocker, file: ['blocker'] },
  { key: 'orphaned', title: '无人可办', optional: true, text: (r) => (r.orphaned ? '是' : ''), file: ['orphaned'] },
  { key: 'round', title: '整改轮次', optional: true, text: (r) => r.round || '', file: ['round'] },
  { key: 'verdict', title: '考核结果', optional: true, text: (r) => (r.verdict ? verdicts[r.verdict] : ''), file: ['verdict'] },
  { key: 'result', title: '办结结果', optional: true, text: (r) => (r.result ? results[r.result] : ''), file: ['result'] },
  { key: 'updated', title: '最近办理', optional: true, text: (r) => dateTime(r.updated_at), file: ['updated_at'] },
]

export const usualColumns = allColumns.filter((c) => !c.optional).map((c) => c.key)

/** Longest first is what is asked for when one sorts by how long. */
const longestFirst = ['waited', 'overdue']

/** The order after a click on a column's title. */
export function nextSort(current: string, asked: string): string {
  const by = asked.replace(/^-/, '')
  if (!longestFirst.includes(by)) return asked
  return current === '-' + by ? by : '-' + by
}
