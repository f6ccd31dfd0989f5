import { computed, ref, type Ref, watch } from 'vue'

import { useLocalDraft } from '@/lib/draft'

/** A form over what the server has. What is typed stays in this browser until it has been
 * saved; what the server has takes its place only while nothing was typed, so that an
 * upload or a colleague's change elsewhere on the page loses no text. */
export function useServed<T>(name: string, blank: T, served: () => T | undefined) {
  const draft = ref(blank) as Ref<T>
  const { restored, clear } = useLocalDraft(name, draft)
  const words = computed(() => JSON.stringify(draft.value))
  let known = JSON.stringify(blank)
  const savedAs = ref('')

  function adopt(): void {
    const now = served()
    if (now === undefined) return
    known = JSON.stringify(now)
    draft.value = JSON.parse(known) as T
    clear()
  }
  watch(served, (now) => {
    if (now && !restored.value && words.value === known) adopt()
  }, { immediate: true })

  /** The server has taken what is in the form. */
  function saved(): void {
    known = words.value
    savedAs.value = known
    clear()
  }
  return { draft, restored, saved, isSaved: computed(() => savedAs.value === words.value), revert: adopt }
}
