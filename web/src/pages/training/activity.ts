import type { Schemas } from '@/api/client'
import { tenths } from '@/lib/format'
import type { StudyPolicy } from '@/pages/study/policy'
import type { Tone } from '@/pages/study/words'

export function activityState(a: Schemas['Activity'], now = new Date()): { text: string; tone: Tone } {
  if (a.cancelled_at) return { text: '已取消', tone: 'plain' }
  if (a.starts_at && now < new Date(a.starts_at)) return { text: '未开始', tone: 'plain' }
  if (a.ends_at && now >= new Date(a.ends_at)) return { text: '已结束', tone: 'plain' }
  return { text: a.offline ? '线下' : '进行中', tone: a.offline ? 'plain' : 'accent' }
}

/** What the hours of a kind of activity follow from, in words (003:151-171). */
export function hoursRule(kind: StudyPolicy['hours']['activity_kinds'][number]): string {
  const who = kind.offline ? '组长登记参加的组员，组员无需线上操作' : '组员线上自主参加'
  return `${kind.fixed ? `固定 ${tenths(kind.hours)} 学时` : `由组长设定，最多 ${tenths(kind.hours)} 学时`}；${who}`
}

/** A moment typed as China's time, for the server; undefined for nothing. */
export function chinaTime(local: string): string | undefined {
  return local ? new Date(`${local}:00+08:00`).toISOString() : undefined
}
