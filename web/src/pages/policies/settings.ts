import type { Schemas } from '@/api/client'
import { compareStages, type Stage } from '@/lib/stages'

export type Setting = Schemas['PolicySetting']

export const levelNames: Record<Schemas['PolicyLevel'], string> = {
  base: '基础', province: '省', city: '市', district: '区', cohort: '批次', unknown: '来历不明',
}

const sections: Record<string, string> = {
  title: '基本', programme: '基本', team: '团队', environments: '诊断', plan_parts: '两案', filing: '审核备案', groups: '教研组',
  hours: '学时', points: '应用能力点', files: '文件', gates: '达标线', evidence: '验收材料', panel: '专家组', rubric: '评分量表',
  rectification: '整改', credit: '学时认定', deadlines: '期限', appeal: '申请复核', urge: '催办与逐级督办', escalation: '催办与逐级督办', notices: '通知',
}

/** What people call the members of a row. */
export const columnNames: Record<string, string> = {
  code: '代码', name: '名称', no: '序号', form: '形式', required: '必备', source: '来源', max: '满分', path: '路径', evidence: '对应材料', hours: '学时', fixed: '固定学时',
  offline: '线下', after: '逾期后工作日', to: '通知', days: '工作日', remind_before: '提前提醒', escalate: '逾期催办', types: '类型', tell: '告知',
}

/** Codes in the office's words, by path; a member of a row after its table's path. */
const words: Record<string, Record<string, string>> = {
  'panel.aggregate': { mean: '平均分' },
  'escalation.tell': { district: '审核单位', bureau: '教育局', city_office: '市工程办' },
  'evidence.source': { team: '团队组建', diagnosis: '诊断评估', development_plan: '学校信息化发展规划', training_plan: '校本研修计划与考核方案' },
}

/** What people call a code; the code itself where nobody has named it. */
export function wordOf(path: string, code: string): string {
  return words[path]?.[code] ?? code
}

/** The codes that may stand at a path, undefined where anything may. What stands there
 * already is always among them. */
export function choicesOf(path: string, now?: unknown): { value: string; title: string }[] | undefined {
  const known = words[path]
  if (!known) return undefined
  const codes = [...Object.keys(known), ...[now].flat().filter((v): v is string => typeof v === 'string' && v !== '' && !known[v])]
  return codes.map((value) => ({ value, title: wordOf(path, value) }))
}

/** Sizes of files are counted in bytes and spoken of in MB. */
export function isSize(path: string): boolean {
  return /\.max(_video)?_bytes$/.test(path)
}
export const megabyte = 1 << 20


/** Settings under the headings of the policy, in their order. */
export function bySection(settings: Setting[]): { title: string; rows: Setting[] }[] {
  const out: { title: string; rows: Setting[] }[] = []
  for (const s of settings) {
    const title = sections[s.path.split('.')[0]!] ?? '其他'
    const known = out.find((o) => o.title === title)
    if (known) known.rows.push(s)
    else out.push({ title, rows: [s] })
  }
  // At least comes before at most, and the goal before what surrounds it.
  for (const o of out) o.rows.sort((a, b) => Number(early.test(b.path)) - Number(early.test(a.path)))
  // The deadlines as a case comes to them; what belongs to a stage stays together.
  out.find((o) => o.title === sections.deadlines)?.rows.sort((a, b) => compareStages(stageOf(a), stageOf(b)))
  const order = [...new Set(Object.values(sections))]
  return out.sort((a, b) => rank(order, a.title) - rank(order, b.title))
}

const early = /\.(min|target|b_num|title)$|^title$/
const stageOf = (s: Setting) => s.path.split('.')[1] as Stage

function rank(order: string[], title: string): number {
  const at = order.indexOf(title)
  return at < 0 ? order.length : at
}

/** The deadlines, a line a stage instead of a line a number. */
export function deadlines<T extends { path: string }>(rows: T[]): { stage: string; days?: T; remind?: T; escalate?: T }[] {
  const out = new Map<string, { stage: string; days?: T; remind?: T; escalate?: T }>()
  for (const s of rows) {
    const [, stage = '', what] = s.path.split('.')
    const line = out.get(stage) ?? { stage }
    if (what === 'days') line.days = s
    if (what === 'remind_before') line.remind = s
    if (what === 'escalate') line.escalate = s
    out.set(stage, line)
  }
  return [...out.values()].sort((a, b) => compareStages(a.stage as Stage, b.stage as Stage))
}

/** What two policies do not have in common. */
export function differences(a: Setting[], b: Setting[]): { path: string; title: string; before?: unknown; after?: unknown }[] {
  const before = new Map(a.map((s) => [s.path, s]))
  const after = new Map(b.map((s) => [s.path, s]))
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((p) => JSON.stringify(before.get(p)?.value) !== JSON.stringify(after.get(p)?.value))
    .map((p) => ({ path: p, title: (after.get(p) ?? before.get(p))!.title, before: before.get(p)?.value, after: after.get(p)?.value }))
}
