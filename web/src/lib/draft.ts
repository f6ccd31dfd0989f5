import { onScopeDispose, ref, type Ref, watch } from 'vue'

import { asProblem, type Problem } from '@/api/problem'
import { useSession } from '@/session'

function storageKey(name: string): string {
  return `zx.draft.${useSession().me?.id ?? ''}.${name}`
}

/** Keeps what is typed in this browser until it has been sent. `restored` says that the
 * value came from an earlier visit. */
export function useLocalDraft<T>(name: string, value: Ref<T>): { restored: Ref<boolean>; clear: () => void } {
  const key = storageKey(name)
  const restored = ref(false)
  const kept = localStorage.getItem(key)
  if (kept !== null) {
    try {
      value.value = JSON.parse(kept) as T
      restored.value = true
    } catch {
      localStorage.removeItem(key)
    }
  }
  let cleared = ''
  watch(value, (v) => {
    const text = JSON.stringify(v)
    if (text !== cleared) localStorage.setItem(key, text)
  }, { deep: true })
  function clear(): void {
    cleared = JSON.stringify(value.value)
    restored.value = false
    localStorage.removeItem(key)
  }
  return { restored, clear }
}

export type SaveState = 'clean' | 'dirty' | 'saving' | 'saved' | 'failed'

/** Sends a draft to the server a moment after the last change, one request at a time, and
 * keeps it in this browser as long as the server does not have it. */
export function useAutosave<T>(name: string, value: Ref<T>, save: (v: T) => Promise<unknown>, delay = 800) {
  const state = ref<SaveState>('clean')
  const problem = ref<Problem>()
  const key = storageKey(name)
  let known = JSON.stringify(value.value)
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined

  /** What the server has; a newer text left in this browser comes back over it. */
  function loaded(v: T): void {
    if (state.value === 'dirty' || state.value === 'saving') return
    known = JSON.stringify(v)
    const kept = localStorage.getItem(key)
    if (kept !== null && kept !== known) {
      value.value = JSON.parse(kept) as T
      return
    }
    value.value = JSON.parse(known) as T
    state.value = 'clean'
  }

  watch(value, (v) => {
    const text = JSON.stringify(v)
    if (text === known) return
    state.value = 'dirty'
    localStorage.setItem(key, text)
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), delay)
  }, { deep: true })

  /** Saves now; resolves when the server has everything or has refused it. */
  async function flush(): Promise<boolean> {
    clearTimeout(timer)
    await running
    const text = JSON.stringify(value.value)
    if (text === known) return true
    state.value = 'saving'
    running = send(text)
    await running
    running = undefined
    return (state.value as SaveState) === 'saved' && JSON.stringify(value.value) === known
  }

  async function send(text: string): Promise<void> {
    try {
      await save(JSON.parse(text) as T)
      known = text
      problem.value = undefined
      if (localStorage.getItem(key) === text) localStorage.removeItem(key)
      state.value = JSON.stringify(value.value) === known ? 'saved' : 'dirty'
    } catch (e) {
      problem.value = asProblem(e)
      state.value = 'failed'
    }
  }

  onScopeDispose(() => {
    if (state.value === 'dirty') void flush()
  })
  return { state, problem, loaded, flush }
}
