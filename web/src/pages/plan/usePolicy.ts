import { computed, type MaybeRefOrGetter } from 'vue'

import { usePolicy as useAnyPolicy } from '@/components/usePolicy'

/** What these pages read of a case's policy; the document itself is larger. */
export interface PlanPolicy {
  team: { min: number; max: number }
  environments: { code: string; name: string }[]
  plan_parts: { code: string; name: string; evidence: number }[]
  filing: { chain: string[] }
  evidence: { no: number; name: string; form: string }[]
}

/** The policy that a case is bound to. */
export function usePolicy(digest: MaybeRefOrGetter<string | undefined>) {
  const { query, policy } = useAnyPolicy(digest)
  return { query, policy: computed(() => policy.value as PlanPolicy | undefined) }
}

export { partName } from '@/components/usePolicy'
