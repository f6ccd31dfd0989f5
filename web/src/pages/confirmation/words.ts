import type { Schemas } from '@/api/client'

export const verdicts: Record<Schemas['Verdict'], { name: string; tone: 'ok' | 'warn' | 'danger' }> = {
  pass: { name: '通过', tone: 'ok' },
  rectify: { name: '整改', tone: 'warn' },
  fail: { name: '不通过', tone: 'danger' },
}
