import type { Indicator } from '@/files/policy'

/** Points by indicator, in tenths. */
export type Scores = Record<string, number>

export function total(scores: Scores): number {
  return Object.values(scores).reduce((sum, s) => sum + s, 0)
}

/** The indicators under the branches of the rubric, in its order. */
export function branches(indicators: Indicator[]): { path: string; max: number; rows: Indicator[] }[] {
  const out: { path: string; max: number; rows: Indicator[] }[] = []
  for (const i of indicators) {
    const path = i.path.join(' › ')
    let b = out.at(-1)
    if (b?.path !== path) out.push((b = { path, max: 0, rows: [] }))
    b.rows.push(i)
    b.max += i.max
  }
  return out
}

/** What a key does in a field of points. */
export type Press =
  | { to: 'next' | 'previous' | 'reason' | 'help' }
  | { set: number }
  | undefined

const step = 5 // tenths

/** Keys that score without a mouse: ↑ ↓ by half a point within the range, Enter and Page
 * Down to the next, Page Up back, / to the reason, ? for help. Others type. */
export function press(key: string, points: number | undefined, max: number): Press {
  switch (key) {
    case 'ArrowUp':
      return { set: Math.min((points ?? -step) + step, max) }
    case 'ArrowDown':
      return { set: Math.max((points ?? max + step) - step, 0) }
    case 'Enter':
    case 'PageDown':
      return { to: 'next' }
    case 'PageUp':
      return { to: 'previous' }
    case '/':
      return { to: 'reason' }
    case '?':
      return { to: 'help' }
    default:
      return undefined
  }
}

/** Whether an expert took points off without a word about it. */
export function unexplained(indicators: Indicator[], scores: Scores, notes: Record<string, string>): Indicator[] {
  return indicators.filter((i) => (scores[i.code] ?? i.max) < i.max && !notes[i.code]?.trim())
}

/** Whether two judgements of an indicator lie so far apart that somebody should look: a
 * fifth of its points. */
export function farApart(a: number | undefined, b: number | undefined, max: number): boolean {
  return a !== undefined && b !== undefined && Math.abs(a - b) * 5 >= max
}
