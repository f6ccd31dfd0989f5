import type { Schemas } from '@/api/client'

export type Entry = Schemas['AuditRow']

/** What the log calls the kinds of things that entries are about. */
const subjects: Record<string, string> = {
  user: '用户', session: '登录', org: '机构', delegation: '委托', admin_change: '三员变更', machine_token: '对接令牌',
  cohort: '批次', case: '项目', file: '文件', roster_request: '名册申请', import: '导入', board_view: '视图', bulletin: '下发通知', channel: '通知渠道',
  policy: '政策', overlay: '细则', calendar: '日历',
  personal_read: '查看记录', data_request: '个人信息申请', erasure: '个人信息清理', hold: '保全', retention: '保存期限',
  registry: '登记设置', registry_batch: '报送批次', registry_record: '登记记录', registry_reversal: '冲正申请',
  alarm: '告警', reconcile_run: '核对', run: '任务', audit: '审计日志', head: '每日摘要', key: '签名密钥', keys: '数据密钥',
}
export const kinds = Object.entries(subjects).map(([value, title]) => ({ value, title }))

export function kindName(kind: string | undefined): string {
  return kind ? (subjects[kind] ?? kind) : '对象'
}

export function subjectOf(e: Pick<Entry, 'subject_kind' | 'subject_id' | 'subject'>): string {
  if (!e.subject_kind) return ''
  return [kindName(e.subject_kind), e.subject || e.subject_id].filter(Boolean).join(' ')
}

/** What the details of entries are called. */
const details: Record<string, string> = {
  role: '身份', roles: '身份', org: '单位编号', level: '级别', code: '代码', from: '原为', to: '改为', reason: '理由', cause: '原因', provider: '登录平台', second_factor: '动态验证码',
  field: '数据项', purpose: '用途', kind: '种类', subject: '对象', status: '结果', outcome: '结果', request: '申请编号', erasure: '清理编号', months: '保存月数',
  rows: '行数', records: '记录数', tables: '表', sha256: '文件校验值', digest: '校验值', hash: '校验值', filters: '条件', operation: '接口', scopes: '可读取', networks: '允许的网段',
  expires: '到期', prefix: '令牌开头', most: '最多同时登录', version: '版本', programme: '工程', repair: '修复', locked_at: '锁定时间', locked: '锁定',
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

function wordOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? '是' : '否'
  return typeof value === 'string' ? value : JSON.stringify(value)
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
  return Object.entries(parsed).map(([name, value]) => ({ name: details[name] ?? name, value: wordOf(value) }))
}
