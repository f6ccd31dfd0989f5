import { computed, type MaybeRefOrGetter } from 'vue'

import { usePolicy } from '@/components/usePolicy'

/** What these pages read of a case's policy (domain.Policy); hours in tenths. */
export interface StudyPolicy {
  hours: {
    target: number
    online_choice: number
    activity_kinds: { code: string; name: string; fixed: boolean; hours: number; offline: boolean }[]
  }
  points: { min: number; list: { code: string; name: string }[] }
}

/** The policy that a case has pinned, read for study. */
export function useStudyPolicy(digest: MaybeRefOrGetter<string | undefined>) {
  const { query } = usePolicy(digest)
  const policy = computed(() => query.data.value?.value as unknown as StudyPolicy | undefined)
  const names = computed(() => new Map(policy.value?.points.list.map((p) => [p.code, p.name])))
  /** B4 支持学生创造性学习与表达 */
  function point(code: string): string {
    return [code, names.value.get(code)].filter(Boolean).join(' ')
  }
  return { query, policy, point }
}
