import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { remedy } from '@/pages/study/missing'
import { type Group, readAll } from '@/pages/training/people'

/** What one teacher still lacks. */
export interface ShortRow {
  user_id: string
  name: string
  group?: string
  hours: number
  target: number
  missing: string[]
}

export type Lack = 'hours' | 'plan' | 'points' | 'summary'

/** The kinds of what the server says is missing. */
export function lacks(row: ShortRow): Lack[] {
  return row.missing.flatMap((m): Lack[] => {
    const anchor = remedy(m)?.anchor
    if (anchor === 'activities') return ['hours']
    if (anchor === 'plan') return ['plan']
    if (anchor?.startsWith('point-')) return ['summary']
    return anchor === 'points' ? ['points'] : []
  })
}

/** One group with how many of it lack what. */
export interface GroupCount extends Record<Lack, number> {
  group: string
  total: number
  complete: number
}

export const ungrouped = '未编组'

export function countByGroup(rows: ShortRow[]): GroupCount[] {
  const by = new Map<string, GroupCount>()
  for (const r of rows) {
    const group = r.group || ungrouped
    const c = by.get(group) ?? { group, total: 0, complete: 0, hours: 0, plan: 0, points: 0, summary: 0 }
    by.set(group, c)
    c.total++
    if (r.missing.length === 0) c.complete++
    for (const l of lacks(r)) c[l]++
  }
  return [...by.values()].sort((a, b) => b.total - b.complete - (a.total - a.complete) || a.group.localeCompare(b.group, 'zh'))
}

/** How far the members of some groups are, for their leader, who may not read the list of
 * the whole school: one reading a member, a few at a time. */
export function useMembersProgress(caseId: MaybeRefOrGetter<string>, groups: MaybeRefOrGetter<Group[]>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'members-progress', toValue(groups).map((g) => g.id)]),
    queryFn: async () => {
      const id = toValue(caseId)
      const rows: ShortRow[] = []
      for (const group of toValue(groups)) {
        const members = await readAll<Schemas['RosterRow']>((cursor) => unwrap(client.GET('/api/v1/cases/{caseId}/roster', { params: { path: { caseId: id }, query: { group_id: group.id, cursor, limit: 500 } } })))
        const active = members.filter((m) => m.status === 'active')
        for (let i = 0; i < active.length; i += 6) {
          const part = await Promise.all(active.slice(i, i + 6).map((m) => unwrap(client.GET('/api/v1/cases/{caseId}/teachers/{userId}/study', { params: { path: { caseId: id, userId: m.user_id } } }))))
          rows.push(...part.map((s) => ({ user_id: s.user_id, name: s.name, group: group.name, hours: s.hours, target: s.target, missing: s.missing ?? [] })))
        }
      }
      return rows
    },
    enabled: computed(() => toValue(enabled) && toValue(groups).length > 0),
    staleTime: 60_000,
  })
}
