import type { Schemas } from '@/api/client'

export type Stage = Schemas['Stage']

/** The stages of a case in their order, in the office's words. */
export const stages: { code: Stage; name: string }[] = [
  { code: 'team', name: '团队组建' },
  { code: 'diagnosis', name: '诊断评估' },
  { code: 'planning', name: '两案编制' },
  { code: 'filing', name: '审核备案' },
  { code: 'training', name: '校本研修' },
  { code: 'assessment', name: '考核' },
  { code: 'dossier', name: '验收材料' },
  { code: 'scoring', name: '专家打分' },
  { code: 'confirmation', name: '结果确认' },
  { code: 'crediting', name: '学时登记' },
  { code: 'closed', name: '办结' },
]

const order = new Map(stages.map((s, i) => [s.code, i]))

export function stageName(code: string): string {
  return stages.find((s) => s.code === code)?.name ?? code
}

/** Negative when a comes before b in the lifecycle. */
export function compareStages(a: Stage, b: Stage): number {
  return (order.get(a) ?? -1) - (order.get(b) ?? -1)
}
