import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { readAll } from '@/pages/training/people'

export type ReviewRow = Schemas['InitialReviewRow']

/** The 初审 list of a whole school, so that filters answer at once and what is exported is
 * what is shown; it is read in pages of 500. */
export function useReviews(caseId: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) {
  const query = useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'initial-reviews']),
    queryFn: () => readAll(async (cursor) => {
      const page = await unwrap(client.GET('/api/v1/cases/{caseId}/initial-reviews', { params: { path: { caseId: toValue(caseId) }, query: { cursor, limit: 500 } } }))
      return { next: page.next, items: page.items.map((r) => ({ ...r, missing: r.missing ?? [] })) }
    }),
    enabled: computed(() => toValue(enabled)),
  })
  return { query, rows: computed(() => query.data.value ?? []) }
}

/** n/3: one summary a chosen point, and points there must be at least the minimum of. */
export function summariesOf(r: ReviewRow): string {
  return `${r.summaries}/${Math.max(r.points, r.points_min)}`
}

export interface ReviewFilter {
  q?: string
  group?: string
  result?: string
  done?: string
}

export function filterReviews(rows: ReviewRow[], f: ReviewFilter): ReviewRow[] {
  const q = f.q?.trim()
  return rows.filter((r) =>
    (!q || r.name.includes(q)) && (!f.group || r.group === f.group) && (!f.result || r.result === f.result) &&
    (!f.done || r.complete === (f.done === 'yes')))
}
