import { computed, type MaybeRefOrGetter } from 'vue'

import { type PolicyNames, usePolicy } from '@/components/usePolicy'

import type { SlotKind } from './transfer'

/** What of a case's policy the file pages explain beforehand (package domain, Policy). */
interface FilePolicy extends PolicyNames {
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

/** The parts of a case's policy that files and scores need. */
export function usePinnedPolicy(digest: MaybeRefOrGetter<string | undefined>) {
  const { query, policy } = usePolicy(digest)
  return { query, policy: computed(() => policy.value as FilePolicy | undefined) }
}

/** What a slot takes, to offer the right files; the server decides. */
export function useFileRule(digest: MaybeRefOrGetter<string | undefined>, kind: SlotKind) {
  const { policy } = usePinnedPolicy(digest)
  const rule = computed(() => policy.value?.files[kind])
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
  if (n >= 1 << 30) return `${Math.floor(n / (1 << 30))} GB`
  return n >= 1 << 20 ? `${Math.floor(n / (1 << 20))} MB` : `${Math.floor(n / 1024)} KB`
}
