import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, reactive, ref, toValue, watch } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { queries } from '@/api/query'
import type { Rubric } from '@/files/policy'
import { useAutosave } from '@/lib/draft'

/** The school's own score of the present round. */
export function useSelfScoreQuery(caseId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'self-score']),
    queryFn: () => unwrap(client.GET('/api/v1/cases/{caseId}/self-score', { params: { path: { caseId: toValue(caseId) } } })),
  })
}

/** Points as they are filled in, in tenths by indicator, saved while typing. */
export function useSelfScore(caseId: string, given: () => Schemas['SelfScore'], rubric: () => Rubric, editable: () => boolean) {
  const typed = ref<Record<string, number>>({ ...given().scores })
  /** Indicators whose field holds no valid number now. */
  const wrong = reactive(new Set<string>())

  const draft = useAutosave(`self-score.${caseId}.${given().round}`, typed, async (scores) => {
    const params = { path: { caseId } }
    const saved = await unwrap(client.PUT('/api/v1/cases/{caseId}/self-score', { params, body: { scores } }))
    queries.setQueryData(['case', caseId, 'self-score'], saved)
  })
  watch(given, (g) => {
    if (editable()) draft.loaded({ ...g.scores })
  }, { immediate: true })

  const scores = computed(() => (editable() ? typed.value : given().scores))
  const total = computed(() => rubric().indicators.reduce((sum, i) => sum + (scores.value[i.code] ?? 0), 0))
  const missing = computed(() => rubric().indicators.filter((i) => scores.value[i.code] === undefined || wrong.has(i.code)))

  function set(code: string, points: number | undefined): void {
    if (points === undefined) {
      wrong.add(code)
      return
    }
    wrong.delete(code)
    typed.value = { ...typed.value, [code]: points }
  }

  return { scores, total, missing, set, state: draft.state, problem: draft.problem, flush: draft.flush }
}
