import type { Schemas } from '@/api/client'

type Wait = Schemas['Wait']

/** Who must act: the person, with who stands in for them; undefined when it is the office. */
export function partyOf(w: Pick<Wait, 'person' | 'claimed_by' | 'proxy'>): string | undefined {
  const person = w.claimed_by ?? w.person
  return person && w.proxy ? `${person}（${w.proxy}代办）` : person
}

/** 已由您认领, 已由张三认领（李四代办）, "" when nobody has claimed it. */
export function claimWords(w: Pick<Wait, 'claimed_by' | 'claimed_by_me' | 'proxy'>): string {
  if (!w.claimed_by) return ''
  const proxy = w.proxy ? `（${w.proxy}代办）` : ''
  return w.claimed_by_me ? `已由您认领${proxy}` : `已由${w.claimed_by}认领${proxy}`
}

/** What to do about a task that nobody can act on. */
export function orphanWords(w: Pick<Wait, 'org' | 'role_name'>): string {
  return `${w.org.name}现在没有在用的“${w.role_name}”账号，这项待办没有人能办。请系统管理员或该单位的管理员启用账号或授予身份，授予后自动可办。`
}
