import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { readAll } from '@/pages/training/people'

export type RosterRow = Schemas['RosterRow']

/** The whole roster of a school, read in pages of 500. */
export function useRoster(caseId: MaybeRefOrGetter<string>) {
  const query = useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'roster']),
    queryFn: () => readAll<RosterRow>((cursor) => unwrap(client.GET('/api/v1/cases/{caseId}/roster', { params: { path: { caseId: toValue(caseId) }, query: { cursor, limit: 500 } } }))),
  })
  const rows = computed(() => query.data.value ?? [])
  const active = computed(() => rows.value.filter((r) => r.status === 'active'))
  return { query, rows, active }
}
