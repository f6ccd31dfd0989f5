import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, unwrap } from '@/api/client'

/** What these pages read of a case's policy; the document itself is larger. */
export interface PlanPolicy {
  team: { min: number; max: number }
  environments: { code: string; name: string }[]
  plan_parts: { code: string; name: string; evidence: number }[]
  filing: { chain: string[] }
  evidence: { no: number; name: string; form: string }[]
  files: Record<string, { types: string[]; max_bytes: number } | undefined>
}

/** The policy that a case is bound to. A digest names one text for ever. */
export function usePolicy(digest: MaybeRefOrGetter<string | undefined>) {
  const query = useQuery({
    queryKey: computed(() => ['policy', toValue(digest)]),
    queryFn: async () => {
      const params = { path: { digest: toValue(digest) ?? '' } }
      const document = await unwrap(client.GET('/api/v1/policies/{digest}', { params }))
      return document.value as unknown as PlanPolicy
    },
    enabled: computed(() => !!toValue(digest)),
    staleTime: Infinity,
  })
  return { query, policy: query.data }
}

/** What a part is called in returns: a part of the 两案, the team or the diagnosis. */
export function partName(policy: PlanPolicy | undefined, code: string): string {
  if (code === 'team') return '团队组建'
  if (code === 'diagnosis') return '诊断评估'
  return policy?.plan_parts.find((p) => p.code === code)?.name ?? code
}
