import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, unwrap } from '@/api/client'

/** What pages read of a policy; the whole of it is in internal/domain (Policy). */
export interface PolicyNames {
  plan_parts?: { code: string; name: string }[]
  evidence?: { no: number; name: string }[]
}

/** The policy that a case is pinned to. It never changes, so it is read once. */
export function usePolicy(digest: MaybeRefOrGetter<string | undefined>) {
  const query = useQuery({
    queryKey: computed(() => ['case-policy', toValue(digest)]),
    queryFn: () => unwrap(client.GET('/api/v1/policies/{digest}', { params: { path: { digest: toValue(digest)! } } })),
    enabled: computed(() => !!toValue(digest)),
    staleTime: Infinity,
  })
  return { query, policy: computed(() => query.data.value?.value as PolicyNames | undefined) }
}

/** The name of what a reason is about: a part of the 两案, an item of the dossier, …. */
export function partName(part: string, policy: PolicyNames | undefined): string {
  if (part === 'team') return '团队'
  if (part === 'diagnosis') return '诊断'
  if (/^\d+$/.test(part)) {
    const item = policy?.evidence?.find((e) => String(e.no) === part)
    return item ? `材料第 ${part} 项《${item.name}》` : `材料第 ${part} 项`
  }
  return policy?.plan_parts?.find((p) => p.code === part)?.name ?? part
}
