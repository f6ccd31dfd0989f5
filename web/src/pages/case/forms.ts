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
  /** The date may be left out. */
  openEnd?: boolean
  /** Who takes it over, or the teacher it is about. */
  person?: { label: string; from: 'holders' | 'roster' }
  /** Who is told. */
  people?: string
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
  user: string
  users: string[]
}

export function blank(): Typed {
  return { comment: '', reasons: [''], until: '', year: 0, receipt: '', user: '', users: [] }
}

const verdicts: Record<string, string> = { pass: '通过', rectify: '整改', fail: '不通过' }

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
  'result.appeal': {
    effect: (v) => `请主管教育局对“${verdicts[v.verdict ?? ''] ?? '现有'}”的考核结果复核一次：项目回到“结果确认”，由教育局重新确认。每个项目只能申请一次。`,
    comment: { label: '申请复核的理由', required: true },
  },
  'result.accept': {
    effect: () => '认可现有的考核结果，不再申请复核：项目以“不通过”办结，内容只读，不能恢复。',
    comment: { label: '说明', required: false },
    danger: true,
  },
  'decision.take_back': {
    effect: () => '您最近作出的决定作废，项目回到决定之前的样子，对方因此产生的待办取消。收回会记入全程记录。',
    comment: { label: '说明', required: false },
  },
  'task.claim': { effect: (v) => `${v.school.name}的这项待办归您办理，同事仍能看到，但不能再办。不办时请取消认领或转办。` },
  'task.release': { effect: () => '这项待办重新由本单位同一身份的人都可办理。' },
  'task.hand_over': {
    effect: () => '这项待办转到接办人名下，并通知接办人；您不再办理它。期限不变。',
    person: { label: '接办人', from: 'holders' },
    comment: { label: '交接说明', required: false },
  },
  'task.extend': {
    effect: () => '这项待办的期限改为您选的日期，逾期标记随之取消；批次或日历调整不再改动它。',
    until: '新的期限',
    comment: { label: '延期理由', required: true },
  },
  'task.urge': {
    effect: () => '立即向责任人发一条催办通知，并记入催办记录。每人每天对同一待办的催办次数有限。',
    comment: { label: '催办的话', required: false },
  },
  'case.copy': {
    effect: () => '所选人员在“抄送我的”里看到这个项目，并收到通知。抄送只是告知，不改变由谁办理。',
    people: '抄送给',
    comment: { label: '附言', required: false },
  },
  'case.pause': {
    effect: (v) => `${v.school.name}的项目暂停：期限停止计算，除恢复、抄送和终止外不能办理。填了恢复日期就是缓期，到日子自动恢复；没有填的，由工程办恢复。`,
    until: '恢复日期',
    openEnd: true,
    comment: { label: '暂停或缓期的理由', required: true },
  },
  'case.resume': {
    effect: () => '项目恢复办理，各项期限按暂停期间的工作日数顺延。',
    comment: { label: '说明', required: false },
  },
  'training.reopen_teacher': {
    effect: () => '只为这一名教师重开研修：到截止日之前可以补学、补交，其他教师不受影响，项目环节不变。',
    person: { label: '教师', from: 'roster' },
    until: '研修截止日',
    comment: { label: '重开理由', required: true },
  },
  'case.exempt': {
    effect: (v) => `${v.school.name}免予考核：项目立即以“免考”办结，不能恢复；${v.waits.length} 项待办取消，尚未登记的学时失效，内容只读。`,
    comment: { label: '免考理由', required: true },
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
  if (form.person && !t.user) return `请选择${form.person.label}。`
  if (form.people && !t.users.length) return '请选择抄送对象。'
  if (form.until && !form.openEnd && !t.until) return `请选择${form.until}。`
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
  if (form.person) body.user = t.user
  if (form.people) body.users = t.users
  if (form.until && t.until) body.until = endOfDay(t.until)
  if (form.year) body.year = t.year
  if (form.receipt) body.receipt = t.receipt.trim()
  return body
}
