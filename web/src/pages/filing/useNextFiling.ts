import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, unwrap } from '@/api/client'

/** The other plans that wait for this reviewer, most urgent first. */
export function useNextFiling(caseId: MaybeRefOrGetter<string>) {
  const query = useQuery({
    queryKey: ['tasks', 'filing'],
    queryFn: () => unwrap(client.GET('/api/v1/tasks', { params: { query: { box: 'todo', task: 'filing', limit: 50 } } })),
  })
  const others = computed(() => (query.data.value?.items ?? []).filter((t) => t.case_id !== toValue(caseId)))
  return { others, next: computed(() => others.value[0]) }
}
