import type { Schemas } from '@/api/client'

export type Paper = Schemas['Paper']
export type Format = Paper['formats'][number]

/** What each paper is for, in a line. */
const uses: Record<Paper['kind'], string> = {
  filing_form: '学校与审核单位盖章存档',
  filing_receipt: '审核单位发给学校',
  evidence_list: '随验收材料提交，学校盖章',
  rectification_notice: '教育局发给学校',
  result_notice: '教育局发给学校，不含专家姓名',
  hours_register: '全体教师的校本研修学时，学校盖章',
}

export function useOf(p: Paper): string {
  return uses[p.kind]
}

/** Names a paper among those of its case: a kind has one a round. */
export function keyOf(p: Paper): string {
  return p.kind + (p.round ?? '')
}

export function addressOf(caseId: string, p: Paper, format: Format): string {
  const query = new URLSearchParams({ format })
  if (p.round !== undefined) query.set('round', String(p.round))
  return `/api/v1/cases/${encodeURIComponent(caseId)}/papers/${p.kind}?${query}`
}

export const formatNames: Record<Format, string> = { pdf: 'PDF', docx: 'Word（可编辑）' }
