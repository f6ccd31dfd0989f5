import type { Schemas } from '@/api/client'

export type Entry = Schemas['AuditRow']

/** What the log calls the kinds of things that entries are about. */
const subjects: Record<string, string> = {
  user: '用户', org: '机构', session: '登录', cohort: '批次', case: '项目', file: '文件', overlay: '细则', policy: '政策', calendar: '日历',
  delegation: '委托', alarm: '告警', import: '导入', key: '密钥', head: '每日摘要', bulletin: '通知', board_view: '视图', run: '任务', audit: '审计日志',
}

export function subjectOf(e: Pick<Entry, 'subject_kind' | 'subject_id' | 'subject'>): string {
  if (!e.subject_kind) return ''
  return [subjects[e.subject_kind] ?? e.subject_kind, e.subject || e.subject_id].filter(Boolean).join(' ')
}

/** A row that an entry says was written: what became of it. */
export interface Statement { table: string; row: string; change: '新增' | '修改' | '删除' | '登记' }

export function statementsOf(stated: string | undefined): Statement[] {
  let list: unknown
  try {
    list = JSON.parse(stated || '[]')
  } catch {
    return []
  }
  if (!Array.isArray(list)) return []
  return list.map((s: string[]) => ({ table: s[0] ?? '', row: s[1] ?? '', change: changeOf(s[2] ?? '', s[3] ?? '') }))
}

function changeOf(was: string, is: string): Statement['change'] {
  if (was === '?') return '登记'
  if (was === '') return '新增'
  return is === '' ? '删除' : '修改'
}

/** The detail of an entry as lines to read. */
export function detailOf(detail: string | undefined): { name: string; value: string }[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(detail || '{}')
  } catch {
    return []
  }
  if (typeof parsed !== 'object' || parsed === null) return []
  return Object.entries(parsed).map(([name, value]) => ({ name, value: typeof value === 'string' ? value : JSON.stringify(value) }))
}
