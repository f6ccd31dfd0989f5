import type { Schemas } from '@/api/client'

type Tone = 'plain' | 'accent' | 'ok' | 'warn' | 'danger'

export const statuses: Record<Schemas['CohortStatus'], { name: string; tone: Tone }> = {
  draft: { name: '草稿', tone: 'plain' },
  opening: { name: '正在立项', tone: 'accent' },
  open: { name: '进行中', tone: 'ok' },
  closed: { name: '已结束', tone: 'plain' },
}

type Sizes = Pick<Schemas['Cohort'], 'schools' | 'started' | 'waiting' | 'deferred' | 'exempt' | 'pace' | 'status'>

/** How far the opening is, and about how long it still takes at its pace. Schools that rest
 * (缓期, 免考) are not still to be opened; those whose 缓期 is over are, and count as both. */
export function opening(c: Sizes): { share: number; text: string } {
  const resting = [c.deferred && `缓期 ${c.deferred} 所`, c.exempt && `免考 ${c.exempt} 所`].filter(Boolean).join('、')
  if (c.status === 'draft') {
    if (c.schools === 0) return { share: 0, text: '还没有选学校' }
    return { share: 0, text: `选定 ${c.schools} 所学校，未立项${resting && `；其中${resting}`}` }
  }
  const due = c.started + c.waiting
  return { share: due === 0 ? 0 : c.started / due, text: `${progress(c, due)}${resting && `；另有${resting}`}` }
}

function progress(c: Sizes, due: number): string {
  if (due === 0) return '没有要立项的学校'
  if (c.waiting === 0) return `${c.started} 所学校全部立项`
  const text = `已立项 ${c.started} / ${due} 所`
  if (c.status !== 'opening') return `${text}，还有 ${c.waiting} 所待立项`
  return c.pace > 0 ? `${text}，约还需 ${duration(Math.ceil(c.waiting / c.pace))}` : text
}

function duration(minutes: number): string {
  if (minutes < 60) return `${minutes} 分钟`
  const h = Math.floor(minutes / 60)
  return minutes % 60 ? `${h} 小时 ${minutes % 60} 分钟` : `${h} 小时`
}

/** How a school stands in a cohort; `due` is a 缓期 that is over. */
export type Standing = Schemas['CohortSchool']['status'] | 'due'

export const standings: Record<Standing, { name: string; tone: Tone }> = {
  planned: { name: '未立项', tone: 'plain' },
  opened: { name: '已立项', tone: 'ok' },
  deferred: { name: '缓期', tone: 'warn' },
  due: { name: '缓期已到期', tone: 'danger' },
  exempt: { name: '免考', tone: 'accent' },
  moved: { name: '已转入第二轮', tone: 'plain' },
}

export function standing(r: Pick<Schemas['CohortSchool'], 'status' | 'due'>): Standing {
  return r.status === 'deferred' && r.due ? 'due' : r.status
}

/** Why a school stands so, by the last decision on it; "" where there was none. What was
 * taken back has no end any more, unlike a 缓期 that ran out. */
export function ground(r: Pick<Schemas['CohortSchool'], 'status' | 'until' | 'reason' | 'decided_at'>): string {
  if (!r.decided_at) return ''
  if (r.status === 'deferred' || r.status === 'exempt') return r.reason ?? ''
  return [r.until ? '缓期已满' : '恢复', r.reason].filter(Boolean).join('：')
}
