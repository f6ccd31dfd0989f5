import type { Schemas } from '@/api/client'
import { type Stage, stages } from '@/lib/stages'

export interface Step {
  code: Stage
  name: string
  state: 'done' | 'active' | 'possible' | 'skipped'
  /** What is special about this step now. */
  note?: string
  tone?: 'ok' | 'warn' | 'danger'
}

type View = Pick<Schemas['CaseView'], 'stage' | 'returned_from' | 'round' | 'result'>

const results: Record<string, Pick<Step, 'note' | 'tone'>> = {
  passed: { note: '通过', tone: 'ok' },
  failed: { note: '不通过', tone: 'danger' },
  terminated: { note: '终止', tone: 'danger' },
  exempt: { note: '免考', tone: 'ok' },
}

/** The steps of a case as they are drawn. `endedIn` is the stage that a closed case left
 * last: a case may end before it has been through all. */
export function railOf(view: View, endedIn?: Stage): Step[] {
  const order = stages.map((s) => s.code)
  const here = order.indexOf(view.stage)
  const reached = view.stage === 'closed' ? reachedBy(view.result, endedIn) : here - 1
  return stages.map((s, i): Step => {
    if (i === here) return { ...s, state: 'active', ...noteHere(view) }
    if (i > here) return { ...s, state: 'possible', ...noteAhead(view, s.code) }
    return { ...s, state: i <= reached ? 'done' : 'skipped' }
  })
}

// The place of the last finished step of a closed case.
function reachedBy(result: string | undefined, endedIn: Stage | undefined): number {
  const order = stages.map((s) => s.code)
  if (result === 'passed') return order.indexOf('crediting')
  if (result === 'failed') return order.indexOf('confirmation')
  return endedIn ? order.indexOf(endedIn) - 1 : -1
}

function noteHere(view: View): Pick<Step, 'note' | 'tone'> {
  if (view.stage === 'closed') return results[view.result ?? ''] ?? {}
  if (view.returned_from) return { note: '被退回', tone: 'warn' }
  const again = view.round > 0 && ['dossier', 'scoring', 'confirmation'].includes(view.stage)
  return again ? { note: `整改第 ${view.round} 轮`, tone: 'warn' } : {}
}

// What is mended goes straight back to whoever returned it.
function noteAhead(view: View, stage: Stage): Pick<Step, 'note' | 'tone'> {
  return view.returned_from === stage ? { note: '改好后送回', tone: 'warn' } : {}
}
