import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute } from 'vue-router'

import { client, unwrap } from '@/api/client'

/** The cohort that the address names. */
export function useCohort() {
  const route = useRoute()
  const cohortId = computed(() => String(route.params.cohortId))
  const query = useQuery({
    queryKey: computed(() => ['cohorts', cohortId.value]),
    queryFn: () => unwrap(client.GET('/api/v1/cohorts/{cohortId}', { params: { path: { cohortId: cohortId.value } } })),
  })
  return { cohortId, query, cohort: computed(() => query.data.value) }
}
