import type { Schemas } from '@/api/client'
import { rosterWords } from '@/lib/roster'

export type Request = Schemas['RosterRequest']

export const tones: Record<Request['status'], 'warn' | 'ok' | 'danger' | 'plain'> = { open: 'warn', consented: 'ok', declined: 'danger', withdrawn: 'plain' }

/** What a request would change, in one line. */
export function change(r: Pick<Request, 'from' | 'to' | 'subject' | 'full_time'>): string {
  const place = `${r.subject || '学科未填'}、${r.full_time ? '专任' : '非专任'}`
  if (!r.from) return `新增到名册（${place}）`
  return r.from === r.to ? `更正为：${place}` : `${rosterWords[r.from]} → ${rosterWords[r.to]}（${place}）`
}
