import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'

export type Summary = Schemas['PlanRevisionSummary']

/** One part of a revision, as the canonical JSON holds it. */
export interface RevisionPart {
  code: string
  text?: string
  file?: { id: string; n: number; name: string; sha256: string }
}

export interface Revision {
  summary: Summary
  parts: RevisionPart[]
}

export const statuses: Record<Summary['status'], { name: string; tone: 'plain' | 'accent' | 'ok' | 'warn' }> = {
  submitted: { name: '待审核', tone: 'accent' },
  withdrawn: { name: '已撤回', tone: 'plain' },
  returned: { name: '已退回', tone: 'warn' },
  filed: { name: '已备案', tone: 'ok' },
}

/** The submitted versions of the 两案 of a case, newest first. */
export function useRevisions(caseId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'revisions']),
    queryFn: () => unwrap(client.GET('/api/v1/cases/{caseId}/plan-revisions', { params: { path: { caseId: toValue(caseId) } } })),
  })
}

/** One version; none is asked for while `version` is undefined. */
export function useRevision(caseId: MaybeRefOrGetter<string>, version: MaybeRefOrGetter<number | undefined>) {
  return useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'revisions', toValue(version)]),
    queryFn: async (): Promise<Revision> => {
      const params = { path: { caseId: toValue(caseId), version: toValue(version) ?? 0 } }
      const r = await unwrap(client.GET('/api/v1/cases/{caseId}/plan-revisions/{version}', { params }))
      return { summary: r.summary, parts: JSON.parse(r.body) as RevisionPart[] }
    },
    enabled: computed(() => toValue(version) !== undefined),
  })
}

/** The parts of both revisions in the policy's order, whatever one of them lacks. */
export function pairParts(order: string[], before: RevisionPart[], after: RevisionPart[]) {
  const codes = [...new Set([...order, ...after.map((p) => p.code), ...before.map((p) => p.code)])]
  return codes.map((code) => ({ code, before: before.find((p) => p.code === code), after: after.find((p) => p.code === code) }))
}

/** Characters that a reader counts: all but blanks. */
export function characters(text: string | undefined): number {
  return Array.from((text ?? '').replace(/\s/g, '')).length
}
