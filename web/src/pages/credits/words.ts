import type { Schemas } from '@/api/client'

export const states: Record<Schemas['CreditState'], { name: string; tone: 'warn' | 'accent' | 'ok' }> = {
  recognized: { name: '已认定', tone: 'warn' },
  confirmed: { name: '已确认', tone: 'accent' },
  registered: { name: '已登记', tone: 'ok' },
}
