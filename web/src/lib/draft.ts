import { onScopeDispose, ref, type Ref, shallowRef, watch } from 'vue'

import { asProblem, type Problem } from '@/api/problem'
import { useSession } from '@/session'

function storageKey(name: string): string {
  return `zx.draft.${useSession().me?.id ?? ''}.${name}`
}

// A browser that is full or forbids storage must not stop anybody from typing.
function keep(key: string, text: string): void {
  try {
    localStorage.setItem(key, text)
  } catch {
    localStorage.removeItem(key)
  }
}

function kept<T>(key: string): T | undefined {
  const text = localStorage.getItem(key)
  if (text === null) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    localStorage.removeItem(key)
    return undefined
  }
}

/** Keeps what is typed in this browser until it has been sent. `restored` says that the
 * value came from an earlier visit. */
export function useLocalDraft<T>(name: string, value: Ref<T>): { restored: Ref<boolean>; clear: () => void } {
  const key = storageKey(name)
  const restored = ref(false)
  const earlier = kept<T>(key)
  if (earlier !== undefined) {
    value.value = earlier
    restored.value = true
  }
  let cleared = ''
  watch(value, (v) => {
    const text = JSON.stringify(v)
    if (text !== cleared) keep(key, text)
  }, { deep: true })
  function clear(): void {
    cleared = JSON.stringify(value.value)
    restored.value = false
    localStorage.removeItem(key)
  }
  return { restored, clear }
}

export type SaveState = 'clean' | 'dirty' | 'saving' | 'saved' | 'failed'

export interface AutosaveOptions<T> {
  /** Milliseconds after the last change. */
  delay?: number
  /** Reads what the server has now. When given, a draft that somebody else changed
   * meanwhile is not written over: it appears in `conflict` until `settle` is called. */
  read?: () => Promise<T>
}

/** A draft in this browser, and what the server had when it was begun. */
interface Kept {
  base: string
  text: string
}

const again = 5000 // ms until a save that met no server is tried again
const remembered = 20 // texts of our own that a late answer may still bring

/** Sends a draft to the server a moment after the last change, one request at a time, and
 * keeps it in this browser as long as the server does not have it. */
export function useAutosave<T>(name: string, value: Ref<T>, save: (v: T) => Promise<unknown>, options: number | AutosaveOptions<T> = {}) {
  const { delay = 800, read } = typeof options === 'number' ? { delay: options } : options
  const state = ref<SaveState>('clean')
  const problem = ref<Problem>()
  const conflict = shallowRef<T>()
  const key = storageKey(name)
  const owner = useSession().me?.id
  let known = JSON.stringify(value.value)
  let begun = false
  let past: string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined

  const now = () => JSON.stringify(value.value)
  const agreed = (text: string) => {
    past = [...past, known].slice(-remembered)
    known = text
  }

  /** What the server has; a newer text left in this browser comes back over it. */
  function loaded(v: T): void {
    const theirs = JSON.stringify(v)
    if (!begun) return begin(theirs)
    if (theirs === known || past.includes(theirs)) return
    if (now() === known) return adopt(theirs)
    if (read && theirs !== now() && !running) conflict.value = v
  }

  function begin(theirs: string): void {
    begun = true
    const left = kept<Kept>(key)
    const mine = now() === known ? left : { base: known, text: now() }
    if (!mine || mine.text === theirs) return adopt(theirs)
    if (read && mine.base !== theirs) conflict.value = JSON.parse(theirs) as T
    known = theirs
    value.value = JSON.parse(mine.text) as T
    changed(mine.text)
  }

  function adopt(theirs: string): void {
    agreed(theirs)
    value.value = JSON.parse(theirs) as T
    localStorage.removeItem(key)
    state.value = 'clean'
    problem.value = undefined
  }

  watch(value, () => {
    const text = now()
    if (text !== known) changed(text)
    else if (!running && state.value === 'dirty') untouched()
  }, { deep: true })

  function changed(text: string): void {
    state.value = 'dirty'
    keep(key, JSON.stringify({ base: known, text } satisfies Kept))
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), delay)
  }

  // Typed and taken back again: as the server has it.
  function untouched(): void {
    clearTimeout(timer)
    localStorage.removeItem(key)
    state.value = 'clean'
  }

  /** Saves now; false when the server refused it or somebody else's change is in the way. */
  async function flush(): Promise<boolean> {
    clearTimeout(timer)
    while (running) await running
    if (conflict.value !== undefined) return false
    if (now() === known) return true
    if (useSession().me?.id !== owner) return false // somebody else is signed in by now
    running = send(now()).finally(() => (running = undefined))
    await running
    return now() === known
  }

  async function send(text: string): Promise<void> {
    state.value = 'saving'
    try {
      if (read && await foreign(await read(), text)) return
      await save(JSON.parse(text) as T)
      sent(text)
    } catch (e) {
      problem.value = asProblem(e)
      state.value = 'failed'
      if (problem.value.offline || problem.value.status >= 500) timer = setTimeout(() => void flush(), again)
    }
  }

  async function foreign(v: T, text: string): Promise<boolean> {
    const theirs = JSON.stringify(v)
    if (theirs === known || theirs === text || past.includes(theirs)) return false
    conflict.value = v
    state.value = 'dirty'
    return true
  }

  function sent(text: string): void {
    agreed(text)
    problem.value = undefined
    if (now() === text) {
      localStorage.removeItem(key)
      state.value = 'saved'
    } else changed(now())
  }

  /** Ends a conflict: with this text, or with the one that the server has. */
  function settle(keepMine: boolean): void {
    if (conflict.value === undefined) return
    const theirs = JSON.stringify(conflict.value)
    conflict.value = undefined
    if (!keepMine) return adopt(theirs)
    agreed(theirs)
    past = past.filter((p) => p !== theirs)
    if (now() !== known) changed(now())
    void flush()
  }

  onScopeDispose(() => {
    clearTimeout(timer)
    if (state.value === 'dirty') void flush()
  })
  return { state, problem, conflict, loaded, flush, settle }
}
