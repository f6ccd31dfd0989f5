import type { Schemas } from '@/api/client'

type Status = Schemas['PanelMember']['status']

export const statuses: Record<Status, { name: string; tone: 'plain' | 'accent' | 'ok' | 'warn' | 'danger' }> = {
  invited: { name: '已邀请，待答复', tone: 'warn' },
  accepted: { name: '已接受，待回避声明', tone: 'warn' },
  ready: { name: '可打分', tone: 'accent' },
  scored: { name: '已提交打分', tone: 'ok' },
  declined: { name: '已谢绝', tone: 'plain' },
  conflicted: { name: '应当回避', tone: 'danger' },
  dismissed: { name: '已更换', tone: 'plain' },
}

/** Still on the panel. */
export function active(status: Status): boolean {
  return ['invited', 'accepted', 'ready', 'scored'].includes(status)
}
