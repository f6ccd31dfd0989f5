import type { Schemas } from '@/api/client'
import { date, endOfDay, startOfDay } from '@/lib/format'

/** What is typed of a cohort, days as 2026-11-21. */
export interface Typed {
  code: string
  name: string
  start: string
  end: string
  opens: string
  pace: number
}

/** The fields of the form, as the server names them in a refusal. */
export const fields = ['code', 'name', 'window_start', 'window_end', 'opens_at', 'pace']

export function typedOf(c?: Schemas['Cohort']): Typed {
  return {
    code: c?.code ?? '', name: c?.name ?? '', start: date(c?.window_start), end: date(c?.window_end), opens: date(c?.opens_at), pace: c?.pace ?? 60,
  }
}

export function changeOf(t: Typed): Schemas['CohortChange'] {
  return {
    name: t.name.trim(), window_start: startOfDay(t.start), window_end: endOfDay(t.end), pace: t.pace,
    ...(t.opens && { opens_at: startOfDay(t.opens) }),
  }
}

/** What is still to be filled in, "" when nothing is. */
export function lacking(t: Typed, coded: boolean): string {
  const missing = [!t.name.trim() && '名称', coded && !t.code.trim() && '代码', !t.start && '研修开始', !t.end && '研修结束'].filter(Boolean)
  return missing.length ? `请填写${missing.join('、')}。` : ''
}
