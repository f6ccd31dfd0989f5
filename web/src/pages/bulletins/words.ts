import type { Schemas } from '@/api/client'
import type { Role } from '@/lib/roles'

/** Who sends notices out. */
export const announcers: Role[] = ['district', 'city_office', 'bureau', 'sysadmin']

/** Whom one usually writes to, in the order of the boxes. */
export const addressees: { role: Role; name: string }[] = [
  { role: 'school_admin', name: '学校管理员' },
  { role: 'principal', name: '校长' },
  { role: 'group_leader', name: '教研组长' },
  { role: 'teacher', name: '教师' },
  { role: 'district', name: '区级管理部门' },
  { role: 'bureau', name: '教育局' },
  { role: 'city_office', name: '市能力提升办' },
  { role: 'expert', name: '考核专家' },
]

export const states: Record<Schemas['BulletinRecipient']['state'], { name: string; tone: 'danger' | 'accent' | 'ok' }> = {
  unread: { name: '未读', tone: 'danger' },
  read: { name: '已读', tone: 'accent' },
  confirmed: { name: '已回执', tone: 'ok' },
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
