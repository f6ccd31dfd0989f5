import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, ref, toValue, watch } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { queries } from '@/api/query'
import { useLocalDraft } from '@/lib/draft'
import { useSubmit } from '@/lib/useSubmit'

import { type Doc, parsed } from './patch'

/** The contract leaves open what a patch holds. */
function wire(patch: Doc): Record<string, never> {
  return patch as Record<string, never>
}

const pause = 400 // ms after the last change until a draft is checked

/** The rules of one level being edited: the draft as text, which form and JSON view share,
 * what the server finds wrong with it, and what it would change when it takes effect, from a
 * chosen moment on or at once. */
export function useLaw(scope: MaybeRefOrGetter<string>, programme: MaybeRefOrGetter<string>, from: MaybeRefOrGetter<string | undefined>) {
  const path = computed(() => ({ scopeId: toValue(scope), programme: toValue(programme) }))
  const query = useQuery({
    queryKey: computed(() => ['overlays', toValue(scope), toValue(programme)]),
    queryFn: () => unwrap(client.GET('/api/v1/overlays/{scopeId}/{programme}', { params: { path: path.value } })),
  })
  const form = useQuery({ queryKey: ['policy-form'], queryFn: () => unwrap(client.GET('/api/v1/policy-form')), staleTime: Infinity })
  // A draft belongs to the version that it was begun on.
  const kept = ref<{ on: number; text: string }>()
  const draft = useLocalDraft(`law:${toValue(scope)}:${toValue(programme)}`, kept)
  const text = computed({
    get: () => kept.value?.text ?? JSON.stringify(query.data.value?.patch ?? {}, null, 2),
    set: (v: string) => (kept.value = { on: kept.value?.on ?? query.data.value?.base_version ?? 0, text: v }),
  })
  const patch = computed({ get: () => parsed(text.value) ?? {}, set: (v: Doc) => (text.value = JSON.stringify(v, null, 2)) })
  const readable = computed(() => parsed(text.value) !== undefined)
  const changed = computed(() => kept.value !== undefined)
  const outdated = computed(() => changed.value && query.data.value !== undefined && kept.value!.on !== query.data.value.base_version)
  const take = ref(false)

  const check = ref<Schemas['OverlayCheck']>()
  const judging = useSubmit()
  let timer: ReturnType<typeof setTimeout> | undefined
  async function judge(): Promise<void> {
    const asked = text.value
    const at = toValue(from)
    const r = await judging.submit(() => unwrap(client.POST('/api/v1/overlays/{scopeId}/{programme}/check', {
      params: { path: path.value }, body: { patch: wire(patch.value), ...(at ? { effective_from: at } : {}), ...(take.value ? { take_layers: true } : {}) },
    })))
    if (r.done && asked === text.value && at === toValue(from)) check.value = r.value
  }
  watch([text, take, () => toValue(from), () => query.data.value?.may_edit], () => {
    clearTimeout(timer)
    if (query.data.value?.may_edit && readable.value) timer = setTimeout(() => void judge(), pause)
  }, { immediate: true })

  function discard(): void {
    kept.value = undefined
    draft.clear()
    check.value = undefined
  }
  const sending = useSubmit()
  async function publish(reason: string): Promise<boolean> {
    const at = toValue(from)
    const r = await sending.submit(() => unwrap(client.POST('/api/v1/overlays/{scopeId}/{programme}', {
      params: { path: path.value },
      body: {
        patch: wire(patch.value), base_version: kept.value?.on ?? query.data.value?.base_version ?? 0, reason,
        ...(at ? { effective_from: at } : {}), ...(take.value ? { take_layers: true } : {}),
      },
    })))
    if (!r.done) return false
    discard()
    take.value = false
    for (const queryKey of [['overlays'], ['policies'], ['cohorts']]) void queries.invalidateQueries({ queryKey })
    return true
  }
  return { query, form, text, patch, readable, changed, outdated, take, check, judging, sending, discard, publish, restored: draft.restored }
}
