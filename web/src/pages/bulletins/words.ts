import type { Schemas } from '@/api/client'
import type { Role } from '@/lib/roles'

/** Who sends notices out. */
export const announcers: Role[] = ['district', 'city_office', 'bureau', 'sysadmin']

/** Whom one usually writes to, in the order of the boxes. */
export const addressees: { role: Role; name: string }[] = [
  { role: 'school_admin', name: '学校管理员' },
  { role: 'principal', name: '校长' },
  { role: 'group_leader', name: '教研组组长' },
  { role: 'teacher', name: '教师' },
  { role: 'district', name: '区工程办' },
  { role: 'bureau', name: '教育局' },
  { role: 'city_office', name: '市工程办' },
  { role: 'expert', name: '考核专家' },
]

export const states: Record<Schemas['BulletinRecipient']['state'], { name: string; tone: 'danger' | 'accent' | 'ok' }> = {
  unread: { name: '未读', tone: 'danger' },
  read: { name: '已读', tone: 'accent' },
  confirmed: { name: '已回执', tone: 'ok' },
}

/** The organisations in whose name somebody may send, each once. */
export function senders(grants: Schemas['Grant'][]): Schemas['Ref'][] {
  const orgs = new Map(grants.filter((g) => announcers.includes(g.role)).map((g) => [g.org.id, g.org]))
  return [...orgs.values()]
}

/** How far a notice for many is still under way, nothing when it has arrived. */
export function underWay(b: Pick<Schemas['Bulletin'], 'recipients' | 'delivered'>): string | undefined {
  return b.delivered < b.recipients ? `正在送达：已送达 ${b.delivered} / ${b.recipients} 人` : undefined
}

type Counts = Pick<Schemas['Bulletin'], 'recipients' | 'read' | 'confirmed' | 'receipt'>

/** How many have answered, as one line. */
export function progress(b: Counts): string {
  const unread = b.recipients - b.read
  const reading = unread === 0 ? `${b.recipients} 人全部已读` : `已读 ${b.read} / ${b.recipients} 人，${unread} 人未读`
  return b.receipt ? `${reading}；已回执 ${b.confirmed} 人` : reading
}

/** Whom a reminder would still reach. */
export function waiting(b: Counts): number {
  return b.recipients - (b.receipt ? b.confirmed : b.read)
}

interface Draft {
  /** In whose name it goes out. */
  sender?: string
  title: string
  body: string
  roles: readonly unknown[]
  orgs: readonly unknown[]
  cohort: string
  /** Whom the choice reaches, undefined as long as that is not known. */
  people?: number
}

/** What a notice still wants before it can be sent, by field. */
export function missing(d: Draft): { sender?: string; title?: string; body?: string; roles?: string; audience?: string } {
  const out: ReturnType<typeof missing> = {}
  if (!d.sender) out.sender = '请选择以哪个单位的名义下发。'
  if (!d.title.trim()) out.title = '请填写通知标题。'
  if (!d.body.trim()) out.body = '请填写通知内容。'
  if (d.roles.length === 0) out.roles = '请至少选择一种角色。'
  if (!d.cohort && d.orgs.length === 0) out.audience = '请添加收件单位，或选择一个批次的学校。'
  else if (d.roles.length > 0 && d.people === 0) out.audience = '这样选择没有收件人，请另选角色或单位。'
  return out
}
