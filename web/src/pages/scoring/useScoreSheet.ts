import { useQuery } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { queries } from '@/api/query'
import type { Rubric } from '@/files/policy'
import { useAutosave } from '@/lib/draft'

import { total, type Scores } from './rubric'

/** What an expert has written down, saved while typing. */
export function useScoreSheet(view: Schemas['CaseView'], rubric: () => Rubric | undefined) {
  const key = ['case', view.id, 'score-draft']
  const params = { path: { caseId: view.id } }
  const query = useQuery({ queryKey: key, queryFn: () => unwrap(client.GET('/api/v1/cases/{caseId}/score-draft', { params })) })

  const sheet = ref<Schemas['ScoreDraft']>({ scores: {}, notes: {} })
  const draft = useAutosave(`score.${view.id}.${view.round}`, sheet, async (body) => {
    queries.setQueryData(key, await unwrap(client.PUT('/api/v1/cases/{caseId}/score-draft', { params, body })))
  })
  watch(query.data, (d) => d && draft.loaded({ scores: d.scores, notes: d.notes }), { immediate: true })

  const scores = computed<Scores>(() => sheet.value.scores)
  const missing = computed(() => rubric()?.indicators.filter((i) => scores.value[i.code] === undefined) ?? [])

  function score(code: string, points: number | undefined): void {
    const next = { ...sheet.value.scores }
    if (points === undefined) delete next[code]
    else next[code] = points
    sheet.value = { ...sheet.value, scores: next }
  }
  function note(code: string, text: string): void {
    const next = { ...sheet.value.notes }
    if (text === '') delete next[code]
    else next[code] = text
    sheet.value = { ...sheet.value, notes: next }
  }

  return { query, sheet, scores, missing, sum: computed(() => total(scores.value)), score, note, state: draft.state, problem: draft.problem, flush: draft.flush }
}
