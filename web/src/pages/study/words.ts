import type { Schemas } from '@/api/client'

export type Tone = 'plain' | 'accent' | 'ok' | 'warn' | 'danger'

/** The results of 初审 and 测评 as the office says them, with their colour. */
export const reviewWords: Record<Schemas['ReviewResult'], { text: string; tone: Tone }> = {
  pending: { text: '待审核', tone: 'plain' },
  passed: { text: '通过', tone: 'ok' },
  failed: { text: '不通过', tone: 'danger' },
}
export const gradeWords: Record<Schemas['Grade'], { text: string; tone: Tone }> = {
  pending: { text: '待测评', tone: 'plain' },
  qualified: { text: '合格', tone: 'ok' },
  unqualified: { text: '不合格', tone: 'danger' },
}
export const pointTones: Record<Schemas['PointStatus'], Tone> = {
  chosen: 'plain', submitted: 'accent', returned: 'danger', reviewed: 'accent', qualified: 'ok', unqualified: 'danger',
}
