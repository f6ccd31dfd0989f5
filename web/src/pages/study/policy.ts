import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, unwrap } from '@/api/client'

/** What these pages read of a case's policy (domain.Policy); hours in tenths. */
export interface StudyPolicy {
  hours: {
    target: number
    online_choice: number
    activity_kinds: { code: string; name: string; fixed: boolean; hours: number; offline: boolean }[]
  }
  points: { min: number; list: { code: string; name: string }[] }
}

/** The policy that a case has pinned; a digest names it for good. */
export function usePolicy(digest: MaybeRefOrGetter<string | undefined>) {
  const query = useQuery({
    queryKey: computed(() => ['policies', toValue(digest), 'study']),
    queryFn: async () => {
      const doc = await unwrap(client.GET('/api/v1/policies/{digest}', { params: { path: { digest: toValue(digest)! } } }))
      return doc.value as unknown as StudyPolicy
    },
    enabled: computed(() => !!toValue(digest)),
    staleTime: Infinity,
  })
  const names = computed(() => new Map(query.data.value?.points.list.map((p) => [p.code, p.name])))
  /** B4 支持学生创造性学习与表达 */
  function point(code: string): string {
    return [code, names.value.get(code)].filter(Boolean).join(' ')
  }
  return { query, policy: query.data, point }
}
