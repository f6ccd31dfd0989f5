import type { Schemas } from '@/api/client'
import type { Study } from '@/pages/study/useStudy'

/** One activity as a teacher sees it. */
export interface Entry {
  id: string
  title: string
  kind: string
  hours: number
  note?: string
  starts?: string
  ends?: string
  completed?: string
  /** Named by the leader: nothing to do online. */
  named: boolean
  state: 'open' | 'joined' | 'later' | 'done' | 'offline' | 'over' | 'cancelled'
}

const order: Entry['state'][] = ['joined', 'open', 'later', 'offline', 'done', 'over', 'cancelled']

/** The group's activities beside what the teacher has on them; what can be done first, the
 * earliest deadline on top. Activities of an earlier group are kept. */
export function entries(activities: Schemas['Activity'][], study: Study, now: Date): Entry[] {
  const mine = new Map(study.activities.map((a) => [a.activity_id, a]))
  const list = activities.map((a): Entry => {
    const p = mine.get(a.id)
    mine.delete(a.id)
    return {
      id: a.id, title: a.title, kind: a.kind_name, hours: a.hours, starts: a.starts_at, ends: a.ends_at,
      completed: p?.completed_at, named: a.offline, state: state(a, p, now),
      note: a.offline && !p ? '线下参加后由组长登记，无需线上办理' : undefined,
    }
  })
  for (const p of mine.values()) {
    list.push({ id: p.activity_id, title: p.title, kind: p.kind, hours: p.hours, completed: p.completed_at, named: true, state: p.completed_at ? 'done' : 'over' })
  }
  const late = '9999'
  return list
    .filter((e) => e.state !== 'cancelled')
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || (a.ends ?? late).localeCompare(b.ends ?? late))
}

function state(a: Schemas['Activity'], p: Study['activities'][number] | undefined, now: Date): Entry['state'] {
  if (p?.completed_at) return 'done'
  if (a.cancelled_at) return 'cancelled'
  if (a.offline) return 'offline'
  if (a.ends_at && now >= new Date(a.ends_at)) return 'over'
  if (a.starts_at && now < new Date(a.starts_at)) return 'later'
  return p ? 'joined' : 'open'
}
