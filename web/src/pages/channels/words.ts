import type { Schemas } from '@/api/client'

export type Kind = Schemas['ChannelKind']
export type Topic = Schemas['NoticeTopic']

export const kinds: { value: string; title: string }[] = [
  { value: 'mail', title: '邮件' }, { value: 'wecom', title: '企业微信群机器人' }, { value: 'dingtalk', title: '钉钉群机器人' },
  { value: 'feishu', title: '飞书群机器人' }, { value: 'webhook', title: '网络回调' },
]
export const topics: { value: Topic; title: string; note: string }[] = [
  { value: 'task', title: '新待办', note: '有新的事项待办、转办给您' },
  { value: 'due', title: '期限提醒', note: '即将到期、已逾期、延期' },
  { value: 'urge', title: '催办督办', note: '催办，以及逾期升级' },
  { value: 'progress', title: '抄送与项目变动', note: '抄送、暂停、恢复、名册' },
  { value: 'bulletin', title: '下发通知', note: '各级下发的通知与回执提醒' },
  { value: 'digest', title: '督办周报', note: '每周一份' },
]
export const states: { value: string; title: string }[] = [
  { value: 'queued', title: '等待发送' }, { value: 'sending', title: '发送中' }, { value: 'failed', title: '失败，待重试' },
  { value: 'sent', title: '已发出' }, { value: 'dead', title: '死信' },
]

/** A minute of the day as the field of a time takes it, and back. */
export function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
export function minute(text: string): number {
  const [h, m] = text.split(':').map(Number)
  return ((h ?? 0) * 60 + (m ?? 0)) % (24 * 60)
}

export function tone(state: string): 'ok' | 'danger' | 'warn' | 'plain' {
  return state === 'sent' ? 'ok' : state === 'dead' ? 'danger' : state === 'failed' ? 'warn' : 'plain'
}

/** What is typed into the form of a channel. Addresses and secrets are never read back. */
export interface Typed {
  org: string
  kind: Kind
  name: string
  url: string
  secret: string
  server: { host: string; port: number; security: Schemas['MailServer']['security']; username: string; from: string; from_name: string }
  topics: Topic[]
  perMinute: number
  quiet: boolean
  from: string
  to: string
  workingDays: boolean
  urgent: boolean
  disabled: boolean
}

export function typedOf(c?: Schemas['Channel'], org = ''): Typed {
  const s = c?.server
  return {
    org: c?.org.id ?? org, kind: c?.kind ?? 'wecom', name: c?.name ?? '', url: '', secret: '',
    server: { host: s?.host ?? '', port: s?.port ?? 587, security: s?.security ?? 'starttls', username: s?.username ?? '', from: s?.from ?? '', from_name: s?.from_name ?? '' },
    topics: c?.topics ?? ['urge', 'due'], perMinute: c?.per_minute ?? 0, quiet: !!c && c.quiet.from !== c.quiet.to,
    from: clock(c?.quiet.from || 22 * 60), to: clock(c?.quiet.to || 7 * 60), workingDays: c?.quiet.working_days ?? false,
    urgent: c?.quiet.urgent ?? true, disabled: c?.disabled ?? false,
  }
}

/** What is sent: nothing where the address or the secret stays as it is. */
export function draftOf(t: Typed): Schemas['ChannelDraft'] {
  const draft: Schemas['ChannelDraft'] = {
    name: t.name.trim(), topics: t.topics, disabled: t.disabled,
    quiet: { from: t.quiet ? minute(t.from) : 0, to: t.quiet ? minute(t.to) : 0, working_days: t.workingDays, urgent: t.urgent },
  }
  if (t.perMinute) draft.per_minute = t.perMinute
  if (t.secret) draft.secret = t.secret
  if (t.kind === 'mail') draft.server = { ...t.server, username: t.server.username || undefined, from_name: t.server.from_name || undefined }
  else if (t.url.trim()) draft.url = t.url.trim()
  return draft
}

/** What is still missing, in the user's words. */
export function missing(t: Typed, known?: Schemas['Channel']): string | undefined {
  if (!t.org) return '请选择单位。'
  if (!t.name.trim()) return '请填写名称。'
  if (t.kind === 'mail') {
    if (!t.server.host.trim()) return '请填写邮件服务器。'
    return t.server.from.trim() ? undefined : '请填写发件地址。'
  }
  if (!known && !t.url.trim()) return '请填写接收地址。'
  if (t.kind === 'webhook' && !known?.signed && !t.secret) return '请填写签名密钥。'
  return undefined
}
