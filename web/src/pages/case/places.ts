import type { RouteLocationRaw, Router } from 'vue-router'

import type { Kind } from '@/api/actions'

/** The tab (by route name) where an action is prepared and sent: its button elsewhere is a
 * link to there. Actions that are not here are taken where they are shown, in a dialog. */
export const places: Partial<Record<Kind, string>> = {
  'team.submit': 'team',
  'diagnosis.submit': 'diagnosis',
  'plan.submit': 'plan',
  'filing.approve': 'review',
  'filing.return': 'review',
  'roster.consent': 'training',
  'roster.decline': 'training',
  'roster.change': 'training',
  'dossier.submit': 'dossier',
  'panel.assign': 'scoring',
  'panel.accept': 'scoring',
  'panel.decline': 'scoring',
  'panel.declare': 'scoring',
  'panel.recuse': 'scoring',
  'score.submit': 'scoring',
  'scoring.close': 'scoring',
  'result.confirm': 'confirmation',
  'training.reopen_teacher': 'assessment',
}

// Where each task of the inbox is worked on.
const desks: Record<string, string> = {
  team: 'team',
  diagnosis: 'diagnosis',
  planning: 'plan',
  filing: 'review',
  training: 'training',
  assessment: 'assessment',
  dossier: 'dossier',
  panel: 'scoring',
  invitation: 'scoring',
  score: 'scoring',
  confirmation: 'confirmation',
  credit_confirm: 'credits',
  credit_register: 'credits',
}

/** The route name of the place of an action, undefined when it has none. */
export function placeOf(router: Router, kind: Kind): string | undefined {
  const name = places[kind]
  return name && router.hasRoute(name) ? name : undefined
}

/** Where a task is worked on; the case itself when there is no better place. */
export function deskOf(router: Router, caseId: string, task: string | undefined): RouteLocationRaw {
  const name = task ? desks[task] : undefined
  return { name: name && router.hasRoute(name) ? name : 'case', params: { caseId } }
}
