import type { ActionBody, Kind } from '@/api/actions'
import type { Schemas } from '@/api/client'
import { date, endOfDay } from '@/lib/format'
import { stageName } from '@/lib/stages'

type View = Schemas['CaseView']

/** What an action asks for when it is taken in a dialog. */
export interface ActionForm {
  /** What will happen, said before it does. */
  effect: (view: View) => string
  comment?: { label: string; required: boolean }
  /** Reasons against a part, written one by one. */
  reasons?: { part: string; label: string }
  until?: string
  /** One year of the ledger, in this state, or all. */
  year?: Schemas['CreditState']
  receipt?: boolean
  /** It cannot be taken back. */
  danger?: boolean
}

/** What has been typed. */
export interface Typed {
  comment: string
  reasons: string[]
  until: string
  year: number
  receipt: string
}

export function blank(): Typed {
  return { comment: '', reasons: [''], until: '', year: 0, receipt: '' }
}

export const forms: Partial<Record<Kind, ActionForm>> = {
  'team.return': {
    effect: (v) => `项目退回到“团队组建”，由学校修改后重新提交；提交后直接回到“${v.stage_name}”，已填写的内容保留。`,
    reasons: { part: 'team', label: '退回理由' },
  },
  'plan.withdraw': {
    effect: (v) => `第 ${v.revision ?? ''} 版两案撤回，项目回到“两案编制”，审核单位的待办取消。修改后需要重新提交。`,
    comment: { label: '说明', required: false },
  },
  'training.finish': {
    effect: (v) =>
      `研修窗口立即结束${v.window ? `（原定 ${date(v.window)} 结束）` : ''}：教师不能再参加活动、提交材料，项目进入“${stageName('assessment')}”。` +
      '需要重开时，由工程办办理。',
    comment: { label: '说明', required: false },
    danger: true,
  },
  'training.reopen': {
    effect: () => '项目回到“校本研修”，教师可以继续补学、补交，直到新的截止日。学校结束研修后重新考核。',
    until: '新的研修截止日',
    comment: { label: '重开理由', required: true },
  },
  'assessment.submit': {
    effect: (v) =>
      '按现有记录提交考核结果，项目进入“验收材料准备与自评”。' +
      (v.gates ? `初审 ${v.gates.a.text}；测评 ${v.gates.b.text}。` : ''),
    comment: { label: '说明', required: false },
  },
  'credit.confirm': {
    effect: () => '所选年度的学时由“已认定待审核”变为“已确认”。全部年度确认后，进入登记。',
    year: 'recognized',
    comment: { label: '审核意见', required: false },
  },
  'credit.register': {
    effect: () => '所选年度的学时记为“已登记”，附回执号。全部年度登记且台账平衡后，项目办结，不能再改。',
    year: 'confirmed',
    receipt: true,
    danger: true,
  },
  'case.terminate': {
    effect: (v) => `${v.school.name}的项目立即以“终止”办结，不能恢复：${v.waits.length} 项待办取消，尚未登记的学时失效，内容只读。`,
    comment: { label: '终止理由', required: true },
    danger: true,
  },
}

/** Why what was typed cannot be sent yet, or undefined. The server judges the rest. */
export function lacking(form: ActionForm, t: Typed): string | undefined {
  if (form.reasons && !t.reasons.some((r) => r.trim())) return `请填写${form.reasons.label}。`
  if (form.until && !t.until) return `请选择${form.until}。`
  if (form.comment?.required && !t.comment.trim()) return `请填写${form.comment.label}。`
  if (form.receipt && !t.receipt.trim()) return '请填写继续教育系统的登记回执号。'
  return undefined
}

/** The request that the typed text makes; fields the form does not ask for stay out. */
export function bodyOf(form: ActionForm, t: Typed, visit: number): ActionBody {
  const body: ActionBody = { visit }
  const { part } = form.reasons ?? {}
  if (part) body.reasons = t.reasons.map((r) => r.trim()).filter(Boolean).map((text) => ({ part, text }))
  if (form.comment && t.comment.trim()) body.comment = t.comment.trim()
  if (form.until) body.until = endOfDay(t.until)
  if (form.year) body.year = t.year
  if (form.receipt) body.receipt = t.receipt.trim()
  return body
}
