import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { queries } from '@/api/query'

export type Study = Schemas['Study']
export type StudyPoint = Schemas['StudyPoint']

/** A teacher's study in a case: one's own when no teacher is named. */
export function useStudy(caseId: MaybeRefOrGetter<string>, teacher?: MaybeRefOrGetter<string | undefined>) {
  return useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'study', toValue(teacher) ?? 'me']),
    queryFn: async () => {
      const userId = toValue(teacher)
      const study = userId
        ? await unwrap(client.GET('/api/v1/cases/{caseId}/teachers/{userId}/study', { params: { path: { caseId: toValue(caseId), userId } } }))
        : await unwrap(client.GET('/api/v1/cases/{caseId}/study', { params: { path: { caseId: toValue(caseId) } } }))
      return { ...study, missing: study.missing ?? [] }
    },
    enabled: computed(() => toValue(caseId) !== ''),
  })
}

/** After one's own study changed: hours, lists and counts of the case follow from it. */
export function studyChanged(caseId: string): void {
  void queries.invalidateQueries({ queryKey: ['case', caseId] })
}

/** The case itself, shared with the case page. */
export function useCaseView(caseId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['case', toValue(caseId)]),
    queryFn: () => unwrap(client.GET('/api/v1/cases/{caseId}', { params: { path: { caseId: toValue(caseId) } } })),
    enabled: computed(() => toValue(caseId) !== ''),
  })
}
