import type { Schemas } from '@/api/client'

type Action = Schemas['LegalAction']

/** Refusals that only say "not now, not you": the action belongs to another time. */
const elsewhere = [
  'wrong_stage', 'conflict', 'case_closed', 'paused', 'nothing_to_take_back', 'not_yours', 'begun',
  'nothing_to_appeal', 'appeal_used', 'appeal_over', 'roster_request',
]

/** Actions on one open task; the server lists them once for each. */
const aimed: Action['kind'][] = ['task.claim', 'task.release', 'task.hand_over', 'task.extend', 'task.urge']

/** Refusals of those worth telling beside the task; others say that it is somebody else's. */
const telling = ['claimed', 'urged_today']

/** Sorts what the server says of each action: possible now, wanted now but hindered, and
 * belonging to other stages. One who holds two roles sees each action once. Actions that
 * `covered` says a link already leads to are left out while possible. */
export function sortActions(actions: Action[], covered: (a: Action) => boolean): { now: Action[]; blocked: Action[]; other: Action[] } {
  const best = new Map<string, Action>()
  for (const a of actions) {
    if (aimed.includes(a.kind)) continue
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

/** What may be done with one open task, and what is hindered with the reason. */
export function taskActions(actions: Action[], visit: number): { now: Action[]; blocked: Action[] } {
  const best = new Map<string, Action>()
  for (const a of actions) {
    if (!aimed.includes(a.kind) || a.visit !== visit) continue
    const known = best.get(a.kind)
    if (!known || (a.allowed && !known.allowed)) best.set(a.kind, a)
  }
  const all = aimed.flatMap((k) => best.get(k) ?? [])
  const now = all.filter((a) => a.allowed)
  const reasons = new Set<string>()
  const blocked = all.filter((a) => {
    if (a.allowed || !telling.includes(a.code ?? '') || reasons.has(a.reason ?? '')) return false
    reasons.add(a.reason ?? '')
    return true
  })
  return { now, blocked }
}
