import { describe, expect, it } from 'vitest'

import type { Schemas } from '@/api/client'
import { entries } from '@/pages/study/entries'
import type { Study } from '@/pages/study/useStudy'

const now = new Date('2026-11-22T00:00:00Z')
function activity(id: string, change: Partial<Schemas['Activity']> = {}): Schemas['Activity'] {
  return {
    id, group_id: 'g', kind: 'discussion', kind_name: '教学研讨', title: id, description: '', hours: 20, offline: false,
    published_at: '2026-11-01T00:00:00Z', ...change,
  }
}
function study(activities: Study['activities']): Study {
  return {
    user_id: 'u', name: '', hours: 0, target: 250, missing: [], plan: { goals: '' }, points: [], activities,
    review: 'pending', grade: 'pending', writable: true,
  }
}
function part(id: string, completed?: string): Study['activities'][number] {
  return { activity_id: id, title: id, kind: 'discussion', hours: 20, joined_at: '2026-11-02T00:00:00Z', completed_at: completed }
}

describe('entries', () => {
  it('says of each activity what can be done, the most urgent first', () => {
    const list = entries(
      [
        activity('over', { ends_at: '2026-11-22T00:00:00Z' }), activity('later', { starts_at: '2026-12-01T00:00:00Z' }),
        activity('open late', { ends_at: '2026-12-30T00:00:00Z' }), activity('open soon', { ends_at: '2026-11-23T00:00:00Z' }),
        activity('joined'), activity('done'), activity('offline', { offline: true }), activity('cancelled', { cancelled_at: '2026-11-03T00:00:00Z' }),
      ],
      study([part('joined'), part('done', '2026-11-03T00:00:00Z')]), now,
    )
    expect(list.map((e) => [e.id, e.state])).toEqual([
      ['joined', 'joined'], ['open soon', 'open'], ['open late', 'open'], ['later', 'later'],
      ['offline', 'offline'], ['done', 'done'], ['over', 'over'],
    ])
  })

  it('keeps what was done in an earlier group', () => {
    expect(entries([], study([part('old', '2026-11-03T00:00:00Z')]), now)).toMatchObject([{ id: 'old', state: 'done', named: true }])
  })
})
