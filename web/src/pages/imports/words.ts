import type { Schemas } from '@/api/client'
import { count } from '@/lib/format'

export type Import = Schemas['Import']
export type Kind = Schemas['ImportKind']

export const tones: Record<Import['status'], 'plain' | 'accent' | 'ok' | 'warn' | 'danger'> = {
  checking: 'accent', checked: 'warn', applying: 'accent', done: 'ok', failed: 'danger', lost: 'warn',
}

/** What each sheet does, and who must be there before it. */
export const purposes: Record<Kind, string> = {
  orgs: '建立市、区、学校。上级须已在系统中，或在同一张表的前面。',
  schools: '在区（市直属学校在市）之下建立学校。',
  accounts: '建立账号并授予身份，例如校长、学校管理员、区工程办。',
  teachers: '建立教师账号；选了批次的，同时录入该批次各校的教师名册。名册在备案后冻结，之后不能再用表格改。',
  groups: '建立教研组，指定组长并加入组员。教师须已在该批次的名册中。',
}

/** Which sheets need a cohort, and which may have one. */
export function cohortFor(kind: Kind | undefined): 'required' | 'optional' | 'none' {
  if (kind === 'groups') return 'required'
  return kind === 'teachers' ? 'optional' : 'none'
}

export function going(i: Pick<Import, 'status'>): boolean {
  return i.status === 'checking' || i.status === 'applying'
}

/** How far a run is, in whole per cent; 100 only at the end. */
export function share(i: Pick<Import, 'processed' | 'total'>): number {
  return i.total === 0 ? 0 : Math.floor((i.processed / i.total) * 100)
}

/** One sentence on what came of a sheet, or would. */
export function outcome(i: Import): string {
  const dry = !i.applied_at
  const parts = [
    `${dry ? '将新建' : '新建'} ${count(i.created)}`, `${dry ? '将更新' : '更新'} ${count(i.changed)}`, `不变 ${count(i.same)}`,
  ]
  if (i.bad > 0) parts.push(`有错误 ${count(i.bad)}`)
  return `共 ${count(i.total)} 行：${parts.join('，')}。`
}

/** What to do next, in words. */
export function nextStep(i: Import): string {
  switch (i.status) {
    case 'checking': return '正在逐行检查，不写入任何内容。可以离开此页，稍后再来看。'
    case 'applying': return '正在写入。可以离开此页；中断后再次导入同一张表即可续上，已写入的不会重复。'
    case 'checked':
      if (i.bad === i.total) return '没有可以导入的行。请下载错误表，按每行的原因更正后重新上传。'
      if (i.bad > 0) return '还没有写入任何内容。可以下载错误表更正后重新上传，或者先导入正确的行。'
      return i.created + i.changed === 0 ? '表中的内容与系统中完全相同，无需导入。' : '检查通过，还没有写入任何内容。核对数目后点“全部导入”。'
    case 'done': return i.bad > 0 ? '正确的行已写入。其余的请下载错误表，更正后重新上传。' : '已全部写入。'
    default: return '可以重试；已写入的不会重复。'
  }
}
