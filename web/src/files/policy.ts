import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, unwrap } from '@/api/client'

import type { SlotKind } from './upload'

/** What of a case's policy the file pages explain beforehand (package domain, Policy). */
interface FilePolicy {
  files: Record<string, { types: string[]; max_bytes: number; max_video_bytes?: number } | undefined>
  rubric: Rubric
}

export interface Rubric {
  title: string
  /** Points in tenths. */
  full: number
  pass: number
  indicators: Indicator[]
}

export interface Indicator {
  code: string
  path: string[]
  name: string
  max: number
  /** The items of the dossier that it is judged by. */
  evidence?: number[]
}

/** The policy that a case has pinned; it never changes under its digest. */
export function usePinnedPolicy(digest: MaybeRefOrGetter<string | undefined>) {
  return useQuery({
    queryKey: computed(() => ['policy', toValue(digest)]),
    queryFn: async () => {
      const doc = await unwrap(client.GET('/api/v1/policies/{digest}', { params: { path: { digest: toValue(digest)! } } }))
      return doc.value as unknown as FilePolicy
    },
    enabled: computed(() => !!toValue(digest)),
    staleTime: Infinity,
  })
}

/** What a slot takes, to offer the right files; the server decides. */
export function useFileRule(digest: MaybeRefOrGetter<string | undefined>, kind: SlotKind) {
  const policy = usePinnedPolicy(digest)
  const rule = computed(() => policy.data.value?.files[kind])
  const accept = computed(() => rule.value?.types.map((t) => '.' + t).join(','))
  const hint = computed(() => {
    const r = rule.value
    if (!r) return undefined
    const video = r.max_video_bytes ? `，视频不超过 ${whole(r.max_video_bytes)}` : ''
    return `可上传 ${r.types.join('、')}，不超过 ${whole(r.max_bytes)}${video}`
  })
  return { accept, hint }
}

function whole(n: number): string {
  return n >= 1 << 20 ? `${Math.floor(n / (1 << 20))} MB` : `${Math.floor(n / 1024)} KB`
}
