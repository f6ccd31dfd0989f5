import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { useRoute } from 'vue-router'

import { client, type Schemas, unwrap } from '@/api/client'

export type CaseView = Schemas['CaseView']

/** The case that the address names. Everybody who asks shares one request. */
export function useCase() {
  const route = useRoute()
  const caseId: ComputedRef<string> = computed(() => String(route.params.caseId ?? ''))
  const query = useQuery({
    queryKey: computed(() => ['case', caseId.value]),
    queryFn: () => unwrap(client.GET('/api/v1/cases/{caseId}', { params: { path: { caseId: caseId.value } } })),
    enabled: computed(() => caseId.value !== ''),
  })
  return { caseId, query, view: query.data }
}
