import type { Schemas } from '@/api/client'

type Action = Schemas['LegalAction']

/** Refusals that only say "not now, not you": the action belongs to another time. */
const elsewhere = ['wrong_stage', 'conflict', 'case_closed']

/** Sorts what the server says of each action: possible now, wanted now but hindered, and
 * belonging to other stages. One who holds two roles sees each action once. Actions that
 * `covered` says a link already leads to are left out while possible. */
export function sortActions(actions: Action[], covered: (a: Action) => boolean): { now: Action[]; blocked: Action[]; other: Action[] } {
  const best = new Map<string, Action>()
  for (const a of actions) {
    const known = best.get(a.kind)
    if (!known || rank(a) < rank(known)) best.set(a.kind, a)
  }
  const all = [...best.values()]
  return {
    now: all.filter((a) => rank(a) === 0 && !covered(a)),
    blocked: all.filter((a) => rank(a) === 1),
    other: all.filter((a) => rank(a) === 2),
  }
}

function rank(a: Action): number {
  if (a.allowed) return 0
  return elsewhere.includes(a.code ?? '') ? 2 : 1
}
