import { onScopeDispose, shallowReactive, watch } from 'vue'

import type { Problem } from '@/api/problem'

// Refusals that a field shows: each is told once, beside its field if it has one on the page.
const beside = shallowReactive(new Set<Problem>())

export function isBeside(problem: Problem): boolean {
  return beside.has(problem)
}

/** Tells that `own()`, while it is one, stands beside its field. */
export function showBeside(own: () => Problem | undefined): void {
  let kept: Problem | undefined
  const keep = (now: Problem | undefined): void => {
    if (kept) beside.delete(kept)
    if (now) beside.add(now)
    kept = now
  }
  watch(own, keep, { immediate: true })
  onScopeDispose(() => keep(undefined))
}
