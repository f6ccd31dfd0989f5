import type { Schemas } from '@/api/client'

export type Duty = Schemas['Duty']

/** The duties in the order in which a team is read. */
export const duties: { code: Duty; name: string }[] = [
  { code: 'principal', name: '校(园)长' },
  { code: 'vice_principal', name: '副校(园)长' },
  { code: 'teaching_director', name: '教学(教研)主任' },
  { code: 'it_backbone', name: '信息技术骨干' },
  { code: 'member', name: '成员' },
]

export interface Member {
  user_id: string
  name: string
  duty: Duty
  cio: boolean
  school_leader: boolean
  responsibility: string
}

/** A team as the form keeps it: by id, as the server answers, so that two can be compared. */
export function membersOf(team: Schemas['Team']): Member[] {
  const members = team.members.map(({ user_id, name, duty, cio, school_leader, responsibility }) => ({ user_id, name, duty, cio, school_leader, responsibility }))
  return byId(members)
}

export function byId(members: Member[]): Member[] {
  return [...members].sort((a, b) => (a.user_id < b.user_id ? -1 : 1))
}

/** As it is read: the principal first. */
export function byDuty(members: Member[]): Member[] {
  const rank = (m: Member) => duties.findIndex((d) => d.code === m.duty)
  return [...members].sort((a, b) => rank(a) - rank(b))
}

export function dutyName(code: string): string {
  return duties.find((d) => d.code === code)?.name ?? code
}

/** A principal or vice principal is a school leader by office. */
export function leadsByOffice(duty: Duty): boolean {
  return duty === 'principal' || duty === 'vice_principal'
}
