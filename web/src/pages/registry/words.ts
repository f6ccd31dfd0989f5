import type { Schemas } from '@/api/client'
import { tenths } from '@/lib/format'
import type { Role } from '@/lib/roles'

export type Balance = Schemas['RegistryBalance']
export type Batch = Schemas['RegistryBatch']
export type RegistryRecord = Schemas['RegistryRecord']
export type Reversal = Schemas['RegistryReversal']
export type Tone = 'plain' | 'accent' | 'ok' | 'warn' | 'danger'

/** Who has the desk in the menu. */
export const registrars: Role[] = ['bureau', 'city_office', 'auditor', 'sysadmin']

export const parts = [
  { value: 'balances', title: '对账' }, { value: 'batches', title: '报送批次' }, { value: 'records', title: '登记记录' },
  { value: 'reversals', title: '冲正' }, { value: 'strays', title: '无法对应的回执' }, { value: 'settings', title: '登记设置' },
] as const

export const batchTones: Record<Batch['state'], Tone> = { ready: 'warn', sending: 'accent', stopped: 'danger', sent: 'accent', concluded: 'ok' }
export const recordTones: Record<RegistryRecord['state'], Tone> = { queued: 'plain', sent: 'accent', acknowledged: 'ok', refused: 'danger', disputed: 'danger' }
export const reversalTones: Record<Reversal['state'], Tone> = { asked: 'warn', approved: 'ok', declined: 'danger' }
export const recordStates = [
  { value: 'queued', title: '待报送' }, { value: 'sent', title: '待回执' }, { value: 'acknowledged', title: '已登记' },
  { value: 'refused', title: '被退回' }, { value: 'disputed', title: '回执矛盾' },
]

/** What a batch comes to, in one line. */
export function counted(b: Pick<Batch, 'counts'>): string {
  return b.counts.map((c) => `${c.state_name} ${c.rows}`).join('，')
}

/** What keeps a case's books from agreeing, in one line. */
export function open(b: Balance): string {
  const parts = [
    [b.waiting, '待报送'], [b.sent.rows, '待回执'], [b.disputed.rows, '回执矛盾'], [b.reversals, '冲正待复核'],
  ] as const
  const said = parts.filter(([n]) => n > 0).map(([n, what]) => `${what} ${n}`)
  const off = b.due.hours - b.booked.hours
  if (said.length === 0 && off !== 0) said.push(`相差 ${tenths(off)} 学时`)
  return said.join('，') || '一致'
}

/** What became of receipts that were handed in. */
export function heard(h: Schemas['RegistryHeard']): string {
  const parts = [
    [h.acknowledged, '已登记'], [h.refused, '退回'], [h.disputed, '矛盾，待核实'], [h.known, '以前已收到'], [h.pending, '登记系统尚未处理'],
    [h.stray, '对不上记录'], [h.bad.length, '无法识别'],
  ] as const
  return parts.filter(([n]) => n > 0).map(([n, what]) => `${what} ${n} 条`).join('，') || '没有内容'
}

/** What was left out of a batch. */
export function leftOut(problems: Schemas['RegistryProblem'][]): string {
  return problems.map((p) => `${p.title} ${p.rows} 条`).join('，')
}
