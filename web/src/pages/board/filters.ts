import type { RouteLocationRaw } from 'vue-router'

import type { paths } from '@/api/schema'
import { endOfDay, startOfDay } from '@/lib/format'
import { stageName } from '@/lib/stages'

export type ProgressQuery = NonNullable<paths['/api/v1/progress']['get']['parameters']['query']>

/** What the board can be asked for, each a word of the address bar. `due` and `due_from` are days; the
 * others are the server's own. */
export const filterNames = [
  'cohort_id', 'district_id', 'under', 'stage', 'waiting_role', 'overdue', 'state', 'verdict', 'result', 'due', 'due_from',
  'returned', 'paused', 'orphaned', 'behind', 'stuck_days', 'entered', 'left', 'from', 'to', 'q', 'sort',
] as const

export type FilterName = (typeof filterNames)[number]
export type BoardFilters = Partial<Record<FilterName, string>>

/** What a row may be marked with, besides being overdue. */
export const marks: Partial<Record<FilterName, string>> = { returned: '退回待改', paused: '已暂停', orphaned: '无人可办', behind: '落后于计划' }

export const verdicts: Record<string, string> = { pass: '通过', rectify: '整改', fail: '不通过' }
export const results: Record<string, string> = { passed: '通过', failed: '不通过', terminated: '终止', exempt: '免考' }

/** What the server is asked. The address may hold anything: the server refuses what it does
 * not know. */
export function progressQuery(f: BoardFilters): ProgressQuery {
  const { due, due_from: from, sort, ...rest } = f
  const asked: Record<string, unknown> = filled(rest)
  if (due) asked.due_before = endOfDay(due)
  if (from) asked.due_after = startOfDay(from)
  for (const mark of ['overdue', ...Object.keys(marks)] as (keyof BoardFilters)[]) {
    if (f[mark]) asked[mark] = f[mark] !== '0'
  }
  asked.sort = sort || 'due'
  return asked
}

/** The board with exactly these filters: where a figure leads. Without any it says so by
 * naming the order, or the board would open with the user's own view. */
export function boardLink(f: BoardFilters): RouteLocationRaw {
  const query = filled(f)
  return { name: 'board', query: Object.keys(query).length ? query : { sort: 'due' } }
}

/** Only what is set. */
export function filled(f: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(f).filter((e): e is [string, string] => !!e[1]))
}

/** All filters in words, for paper. */
export function filterWords(f: BoardFilters, name: (id: string) => string): string[] {
  const states: Record<string, string> = { open: '在办', closed: '已办结' }
  return [
    f.cohort_id && name(f.cohort_id), f.under && name(f.under), f.district_id && name(f.district_id), f.stage && stageName(f.stage),
    f.state && states[f.state], f.overdue && '只看逾期', f.stuck_days && `已等待满 ${f.stuck_days} 个工作日`,
    ...Object.entries(marks).map(([k, name]) => f[k as FilterName] && name), f.due && `期限截至 ${f.due}`, f.q && `学校名称含“${f.q}”`,
    f.waiting_role && `等待${name(f.waiting_role)}`, ...otherFilters(f).map((o) => o.text),
  ].filter((w): w is string => !!w)
}

/** Filters that have no field of their own: each is shown as words that can be taken away. */
export function otherFilters(f: BoardFilters): { text: string; drop: FilterName[] }[] {
  const span = [f.from, f.to].some(Boolean) ? `${f.from ?? ''} 至 ${f.to ?? ''} ` : ''
  const out: { text: string; drop: FilterName[] }[] = []
  if (f.entered) out.push({ text: `${span}进入过“${stageName(f.entered)}”`, drop: ['entered', 'from', 'to'] })
  if (f.left) out.push({ text: `${span}离开过“${stageName(f.left)}”`, drop: ['left', 'from', 'to'] })
  if (f.due_from) out.push({ text: `期限从 ${f.due_from} 起`, drop: ['due_from'] })
  if (f.verdict) out.push({ text: `考核结果：${verdicts[f.verdict] ?? f.verdict}`, drop: ['verdict'] })
  if (f.result) out.push({ text: `办结结果：${results[f.result] ?? f.result}`, drop: ['result'] })
  return out
}
