import type { Schemas } from '@/api/client'

export type BatchKind = 'filing.approve' | 'task.claim' | 'task.hand_over' | 'task.urge' | 'task.extend'
export type Item = Schemas['BatchItem']

/** One row that was selected. */
export interface Target {
  key: string
  caseId: string
  school: string
  /** What it waits for, as the list shows it. */
  name?: string
  task?: string
  /** The very task, where the list knows it; otherwise it is found by `task`. */
  visit?: number
}

export interface BatchWords {
  title: string
  verb: string
  effect: (n: number) => string
}

export const batchWords: Record<BatchKind, BatchWords> = {
  'filing.approve': { title: '批量通过', verb: '通过', effect: (n) => `${n} 份两案按现在的最新版通过：有下一审核环节的交由下一环节，没有的生成备案号、冻结名册中的专任教师数，学校开始校本研修。请确认都已审阅。` },
  'task.claim': { title: '批量认领', verb: '认领', effect: (n) => `${n} 项待办归您办理，同事仍能看到，但不能再办。` },
  'task.hand_over': { title: '批量转办', verb: '转办', effect: (n) => `${n} 项待办转到接办人名下，并通知接办人；期限不变。` },
  'task.urge': { title: '批量催办', verb: '催办', effect: (n) => `立即向 ${n} 项待办的责任人各发一条催办通知，并记入催办记录。` },
  'task.extend': { title: '批量延期', verb: '延期', effect: (n) => `${n} 项待办的期限都改为您选的日期，逾期标记随之取消。` },
}

/** What is sent for a row, or why it cannot be: as the server says of its case now. */
export function judge(kind: BatchKind, target: Target, view: Schemas['CaseView']): Item | string {
  if (view.stage === 'closed') return '项目已办结。'
  const offered = view.actions.filter((a) => a.kind === kind)
  const meant = kind === 'filing.approve' ? forReview(target, offered) : offered.filter((a) => isMeant(a.visit, target, view))
  const action = meant.find((a) => a.allowed) ?? meant[0]
  if (!action) return nothing(kind, target)
  if (!action.allowed) return action.reason ?? '现在不能办理。'
  return { case_id: view.id, visit: action.visit, ...(kind === 'filing.approve' && { revision: view.revision }) }
}

// Other tasks want each case looked at.
function forReview(target: Target, offered: Schemas['LegalAction'][]): Schemas['LegalAction'][] {
  return target.task && target.task !== 'filing' ? [] : offered
}

function isMeant(visit: number, target: Target, view: Schemas['CaseView']): boolean {
  if (target.visit !== undefined) return visit === target.visit
  if (!target.task) return true
  const same = view.waits.filter((w) => w.task === target.task).map((w) => w.visit)
  return same.length === 0 || same.includes(visit)
}

function nothing(kind: BatchKind, target: Target): string {
  if (kind === 'filing.approve') return target.task && target.task !== 'filing' ? '不是两案审核，须逐个办理。' : '现在没有等您审核的两案。'
  return target.visit === undefined ? `没有您可以${batchWords[kind].verb}的待办。` : '这项待办已有变化，或不由您办理。'
}

/** Parts to be sent one after the other; a case appears once in each. */
export function parts<T extends { item: Item }>(rows: T[], size: number): T[][] {
  const out: T[][] = []
  for (const row of rows) {
    const free = out.find((p) => p.length < size && !p.some((r) => r.item.case_id === row.item.case_id))
    if (free) free.push(row)
    else out.push([row])
  }
  return out
}
