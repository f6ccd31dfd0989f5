import type { Schemas } from '@/api/client'

export const statuses: Record<Schemas['CohortStatus'], { name: string; tone: 'plain' | 'accent' | 'ok' }> = {
  draft: { name: '草稿', tone: 'plain' },
  opening: { name: '正在立项', tone: 'accent' },
  open: { name: '进行中', tone: 'ok' },
  closed: { name: '已结束', tone: 'plain' },
}

/** How far the opening is, and about how long it still takes at its pace. */
export function opening(c: Pick<Schemas['Cohort'], 'schools' | 'started' | 'pace' | 'status'>): { share: number; text: string } {
  if (c.status === 'draft') return { share: 0, text: c.schools === 0 ? '还没有选学校' : `选定 ${c.schools} 所学校，未立项` }
  const left = Math.max(c.schools - c.started, 0)
  const share = c.schools === 0 ? 0 : c.started / c.schools
  if (left === 0) return { share, text: `${c.started} 所学校全部立项` }
  const minutes = c.pace > 0 ? Math.ceil(left / c.pace) : undefined
  return { share, text: `已立项 ${c.started} / ${c.schools} 所${minutes === undefined ? '' : `，约还需 ${duration(minutes)}`}` }
}

function duration(minutes: number): string {
  if (minutes < 60) return `${minutes} 分钟`
  const h = Math.floor(minutes / 60)
  return minutes % 60 ? `${h} 小时 ${minutes % 60} 分钟` : `${h} 小时`
}
