import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'

type Entry = Schemas['TimelineEntry']

/** The record of a case, newest first. The server tells it oldest first, so it is read to
 * the end: a case has some dozens of events. */
export function useTimeline(caseId: MaybeRefOrGetter<string>) {
  const query = useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'timeline']),
    queryFn: () => readAll(toValue(caseId)),
    enabled: computed(() => toValue(caseId) !== ''),
  })
  return { query, entries: computed(() => query.data.value ?? []) }
}

async function readAll(caseId: string): Promise<Entry[]> {
  const all: Entry[] = []
  let cursor: string | undefined
  do {
    const params = { path: { caseId }, query: { cursor, limit: 500 } }
    const page = await unwrap(client.GET('/api/v1/cases/{caseId}/timeline', { params }))
    all.push(...page.items)
    cursor = page.next || undefined
  } while (cursor)
  return all.reverse()
}
