import type { Schemas } from '@/api/client'

export type Change = Schemas['AdminChange']

export const tones: Record<Change['status'], 'warn' | 'ok' | 'danger' | 'plain'> = { open: 'warn', approved: 'ok', declined: 'danger', withdrawn: 'plain' }
export const states = [{ value: 'open', title: '待复核' }, { value: 'approved', title: '已同意' }, { value: 'declined', title: '不同意' }, { value: 'withdrawn', title: '已撤回' }]
export const kinds = [
  { value: 'grant', title: '授予身份' }, { value: 'revoke', title: '收回身份' }, { value: 'reset', title: '重置密码' },
  { value: 'disable', title: '停用账号' }, { value: 'enable', title: '启用账号' },
]
export const roles = [{ value: 'sysadmin', title: '系统管理员' }, { value: 'security_admin', title: '安全管理员' }, { value: 'audit_admin', title: '审计管理员' }]

/** What would happen, in one line. */
export function said(c: Pick<Change, 'kind' | 'kind_name' | 'user' | 'login' | 'role_name' | 'org'>): string {
  const who = `${c.user.name}（${c.login}）`
  if (c.kind === 'grant') return `授予 ${who} ${c.org.name}“${c.role_name}”身份`
  if (c.kind === 'revoke') return `收回 ${who} ${c.org.name}“${c.role_name}”身份`
  return `${c.kind_name}：${who}，${c.org.name}${c.role_name}`
}
