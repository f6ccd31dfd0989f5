import type { Schemas } from '@/api/client'

import { fields, type Typed } from './form'

type Row = Schemas['SecondRoundSchool']

/** The steps of drafting a second round. */
export const steps = ['选择学校', '新批次', '核对'] as const

/** The step where the field of a refusal stands; the last one for what is no field. */
export function stepOf(field: string | undefined): number {
  if (field === 'school_ids') return 0
  return field && fields.includes(field) ? 1 : 2
}

/** How many schools stand for each reason, the most frequent first. */
export function reasons(rows: Row[]): { why: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const r of rows) counts.set(r.why, (counts.get(r.why) ?? 0) + 1)
  return [...counts].map(([why, count]) => ({ why, count })).sort((a, b) => b.count - a.count || a.why.localeCompare(b.why))
}

/** The rows with this reason and this text in the name, the code or the district. */
export function matching(rows: Row[], why: string | undefined, q: string | undefined): Row[] {
  return rows.filter((r) => (!why || r.why === why) && (!q || [r.school.name, r.code, r.district].some((t) => t.includes(q))))
}

/** What a second round is called if nobody says otherwise. */
export function proposed(first: Schemas['Cohort']): Typed {
  const nth = 2 + (first.second_rounds?.length ?? 0)
  const again = nth > 2 ? `（补${nth - 2}）` : ''
  return { code: `${first.code}-${nth}`.slice(-32), name: `${first.name}第二轮${again}`.slice(0, 128), start: '', end: '', opens: '', pace: first.pace }
}
