import type { Schemas } from '@/api/client'

/** One school to be planned into a cohort, both by their codes. */
export interface Line {
  id: number
  school: string
  cohort: string
}

export type Outcome = Schemas['ScheduleOutcome'] & { /** It was done, not only tried. */ done: boolean }

/** The lines of what was typed or pasted from a sheet: code of the school, code of the
 * cohort; where the second is missing, `cohort`. The heading of an exported sheet and blank
 * lines are passed over. */
export function parse(text: string, cohort: string, next: number): Line[] {
  const lines: Line[] = []
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const [school = '', own = ''] = raw.trim().split(/\s*[,，;；]\s*|\s+/).map(bare)
    if (!school || /代码$/.test(school)) continue
    lines.push({ id: next + lines.length, school, cohort: own || cohort })
  }
  return lines
}

// Sheets quote what they hold as text.
function bare(cell: string): string {
  return cell.trim().replace(/^["']+|["']+$/g, '')
}

const words: Record<Outcome['outcome'], { tried: string; done: string; tone: 'ok' | 'plain' | 'danger' }> = {
  added: { tried: '可以排入', done: '已排入', tone: 'ok' },
  same: { tried: '原已在批次内', done: '原已在批次内', tone: 'plain' },
  refused: { tried: '不能排入', done: '没有排入', tone: 'danger' },
}

export function said(o: Outcome): { text: string; tone: 'ok' | 'plain' | 'danger' } {
  const w = words[o.outcome]
  return { text: o.done ? w.done : w.tried, tone: w.tone }
}

/** Parts of a list, none longer than `size`. */
export function chunks<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}
