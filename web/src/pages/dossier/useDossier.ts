import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'

export type DossierItem = Schemas['DossierItem']

/** The 15 items of a case and how far they are. */
export function useDossier(caseId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'dossier']),
    queryFn: () => unwrap(client.GET('/api/v1/cases/{caseId}/dossier', { params: { path: { caseId: toValue(caseId) } } })),
    enabled: computed(() => toValue(caseId) !== ''),
  })
}
