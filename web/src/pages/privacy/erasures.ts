/** Where a run of erasure stands. */
export const erasureStates = [
  { value: 'listing', title: '正在列出' }, { value: 'listed', title: '待提出' }, { value: 'proposed', title: '待批准' }, { value: 'running', title: '正在清理' },
  { value: 'done', title: '已完成' }, { value: 'empty', title: '没有到期内容' }, { value: 'declined', title: '不同意' }, { value: 'withdrawn', title: '已撤回' },
]
type Tone = 'warn' | 'ok' | 'danger' | 'plain' | 'accent'
export const erasureTones: Record<string, Tone> = { listed: 'warn', proposed: 'warn', running: 'accent', done: 'ok', declined: 'danger' }

/** Of a run that led to nothing: another may be begun. */
export const ended = (status: string): boolean => ['empty', 'declined', 'withdrawn'].includes(status)

/** What became of an item. */
export const itemStates = [
  { value: 'due', title: '待清理' }, { value: 'erased', title: '已清理' }, { value: 'held', title: '暂缓' }, { value: 'waiting', title: '等待解锁' },
  { value: 'changed', title: '已变化，不清理' },
]
export const itemTones: Record<string, Tone> = { due: 'plain', erased: 'ok', held: 'warn', waiting: 'warn', changed: 'plain' }

/** What has a term of its own. */
export const erasureClasses = [
  { value: 'account', title: '停用的账号' }, { value: 'draft', title: '已办结项目的草稿' }, { value: 'study', title: '已办结项目的研修记录' },
  { value: 'file', title: '已办结项目的材料文件' }, { value: 'message', title: '通知、抄送、催办和下发通知' },
  { value: 'access', title: '个人信息查看记录和申请' }, { value: 'diagnostic', title: '已处理的告警和对账' }, { value: 'import', title: '导入任务及其错误说明' },
]
/** Those that are not divided by organisation: a run of the whole system only. */
export const wholeClasses = ['message', 'access', 'diagnostic', 'import']

export const holdKinds = [{ value: 'person', title: '人员' }, { value: 'case', title: '项目' }, { value: 'org', title: '单位' }]

/** A worker is at it: look again soon. */
export function underWay(status: string | undefined): boolean {
  return status === 'listing' || status === 'running'
}

export function years(months: number): string {
  return months % 12 === 0 ? `${months / 12} 年` : `${months} 个月`
}
