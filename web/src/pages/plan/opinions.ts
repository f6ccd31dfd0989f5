import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'

export type Opinion = Schemas['FilingOpinion']

/** What the reviewers decided, oldest first. */
export function useOpinions(caseId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'opinions']),
    queryFn: () => unwrap(client.GET('/api/v1/cases/{caseId}/filing-opinions', { params: { path: { caseId: toValue(caseId) } } })),
  })
}

/** The reasons of a return; it keeps them as JSON where an approval keeps its words. */
export function reasonsOf(o: Opinion): Schemas['Reason'][] {
  if (o.decision !== 'return') return []
  try {
    return JSON.parse(o.comment) as Schemas['Reason'][]
  } catch {
    return [{ part: '', text: o.comment }]
  }
}

/** The step of the review chain that is due: after an approval the next one; what was
 * returned comes back to the step that returned it, what was taken back to the step it was of. */
export function stepDue(opinions: Opinion[]): number {
  const last = opinions.at(-1)
  if (!last) return 0
  return last.decision === 'approve' ? last.step + 1 : last.step
}
