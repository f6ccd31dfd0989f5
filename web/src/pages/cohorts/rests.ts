import type { Schemas } from '@/api/client'
import type { Outcome } from '@/batch/useBatch'

type Row = Schemas['CohortSchool']
export type RestKind = Schemas['SchoolRest']['status']

/** Said and asked before schools are deferred, exempted or taken back. */
export interface RestWords {
  verb: string
  effect: (n: number) => string
  /** Said where it would change none of the schools. */
  none: string
  reason: string
  required: boolean
  until?: string
}

const elsewhere = '已立项的，请在项目页暂停（缓期）或免考；已转入第二轮的，请在那个批次中办理。'

export const rests: Record<RestKind, RestWords> = {
  deferred: {
    verb: '缓期', reason: '缓期的理由', required: true, until: '缓期到',
    effect: (n) => `${n} 所学校暂不立项，开启批次时跳过。到期后不会自动立项：由您再次开启批次，届时一并立项。`,
    none: `不能缓期：${elsewhere}`,
  },
  exempt: {
    verb: '免考', reason: '免考的理由', required: true,
    effect: (n) => `${n} 所学校不参加本批次的考核，不立项，也不进入第二轮。以后可以恢复。`,
    none: `不能免考：${elsewhere}`,
  },
  planned: {
    verb: '恢复', reason: '恢复的理由', required: false,
    effect: (n) => `${n} 所学校回到“未立项”，开启批次时立项。`,
    none: '没有缓期或免考，不用恢复。',
  },
}

/** Whether a decision would change how the school stands. Whatever the page thinks, the
 * server says it for each school. */
export function changes(kind: RestKind, r: Row): boolean {
  if (r.status === 'opened' || r.status === 'moved') return false
  return kind !== 'planned' || r.status !== 'planned'
}

/** What became of each school. */
export function outcomesOf(rows: Row[], result: Schemas['SchoolRestResult']): Outcome[] {
  const refused = new Map(result.refused.map((r) => [r.school.id, r.reason]))
  return rows.map((r) => ({
    target: { key: r.school.id, caseId: r.case_id ?? '', school: r.school.name },
    status: refused.has(r.school.id) ? 'refused' : 'accepted',
    message: refused.get(r.school.id),
  }))
}
