import type { Schemas } from '@/api/client'
import { type BoardFilters, boardLink, filled } from '@/pages/board/filters'

export type Area = Schemas['AreaSummary']

/** A figure of an area: how many, and the list of exactly those. */
export interface AreaFigure {
  key: string
  title: string
  of: (a: Area) => number
  /** What it is a share of, where that says something. */
  whole?: (a: Area) => number
  filter?: BoardFilters
  tone?: 'danger' | 'warn'
}

/** The figures of a summary in their order; those without a filter open another list. */
export function areaFigures(stuckDays: number): AreaFigure[] {
  return [
    { key: 'schools', title: '列入批次', of: (a) => a.schools },
    { key: 'not_started', title: '未启动', of: (a) => a.not_started },
    { key: 'started', title: '已立项', of: (a) => a.started, whole: (a) => a.schools, filter: {} },
    { key: 'open', title: '在办', of: (a) => a.open, filter: { state: 'open' } },
    { key: 'overdue', title: '逾期', of: (a) => a.overdue, whole: (a) => a.open, filter: { overdue: '1' }, tone: 'danger' },
    { key: 'returned', title: '退回待改', of: (a) => a.returned, filter: { returned: '1' } },
    { key: 'stuck', title: `等满 ${stuckDays} 工作日`, of: (a) => a.stuck, filter: { stuck_days: String(stuckDays) }, tone: 'warn' },
    { key: 'behind', title: '落后于计划', of: (a) => a.behind, filter: { behind: '1' }, tone: 'warn' },
    { key: 'orphaned', title: '无人可办', of: (a) => a.orphaned, filter: { orphaned: '1' }, tone: 'danger' },
    { key: 'closed', title: '办结', of: (a) => a.closed, filter: { state: 'closed' } },
    { key: 'passed', title: '通过', of: (a) => a.passed, whole: (a) => a.passed + a.failed, filter: { result: 'passed' } },
    { key: 'failed', title: '不通过', of: (a) => a.failed, filter: { result: 'failed' } },
  ]
}

/** 95.2%, "" without a whole. */
export function share(part: number, whole: number): string {
  return whole === 0 ? '' : `${Math.round((part / whole) * 1000) / 10}%`
}

/** Where a figure leads: the board, or the schools not started; nowhere when nothing is there. */
export function door(f: AreaFigure, a: Area, where: BoardFilters) {
  if (f.of(a) === 0) return undefined
  if (f.key === 'not_started') return { name: 'not-started', query: filled(where) }
  return f.filter ? boardLink({ ...where, ...f.filter }) : undefined
}
