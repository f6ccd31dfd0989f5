import type { Schemas } from '@/api/client'
import { compareStages, type Stage } from '@/lib/stages'

export type Setting = Schemas['PolicySetting']

export const levelNames: Record<Schemas['PolicyLevel'], string> = {
  base: '基础', province: '省', city: '市', district: '区', cohort: '批次', unknown: '来历不明',
}

const sections: Record<string, string> = {
  title: '基本', programme: '基本', team: '团队', environments: '诊断', plan_parts: '两案', filing: '审核备案', groups: '教研组',
  hours: '学时', points: '应用能力点', files: '文件', gates: '达标线', evidence: '验收材料', panel: '专家组', rubric: '评分量表',
  rectification: '整改', credit: '学时认定', deadlines: '期限', appeal: '申请复核', urge: '催办',
}

/** What people call the members of a row. */
export const columnNames: Record<string, string> = {
  code: '代码', name: '名称', no: '序号', form: '形式', required: '必备', source: '来源', max: '满分', path: '路径', evidence: '对应材料', hours: '学时', fixed: '固定学时',
  offline: '线下', after: '逾期后工作日', to: '通知', days: '工作日', remind_before: '提前提醒', escalate: '逾期催办', types: '类型', max_bytes: '最大字节', max_video_bytes: '视频最大字节',
}

/** Settings under the headings of the policy, in their order. */
export function bySection(settings: Setting[]): { title: string; rows: Setting[] }[] {
  const out: { title: string; rows: Setting[] }[] = []
  for (const s of settings) {
    const title = sections[s.path.split('.')[0]!] ?? '其他'
    const known = out.find((o) => o.title === title)
    if (known) known.rows.push(s)
    else out.push({ title, rows: [s] })
  }
  // The deadlines as a case comes to them; what belongs to a stage stays together.
  out.find((o) => o.title === sections.deadlines)?.rows.sort((a, b) => compareStages(stageOf(a), stageOf(b)))
  const order = [...new Set(Object.values(sections))]
  return out.sort((a, b) => rank(order, a.title) - rank(order, b.title))
}

const stageOf = (s: Setting) => s.path.split('.')[1] as Stage

function rank(order: string[], title: string): number {
  const at = order.indexOf(title)
  return at < 0 ? order.length : at
}

/** The deadlines, a line a stage instead of a line a number. */
export function deadlines(rows: Setting[]): { stage: string; days?: Setting; remind?: Setting; escalate?: Setting }[] {
  const out = new Map<string, { stage: string; days?: Setting; remind?: Setting; escalate?: Setting }>()
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
