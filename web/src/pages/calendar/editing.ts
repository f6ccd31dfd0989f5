import type { Role } from '@/lib/roles'

/** Who publishes versions of the calendar. */
export const calendarMakers: Role[] = ['city_office', 'sysadmin']

export const kindNames = { holiday: '放假', workday: '调休上班', break: '寒暑假或停课' } as const
export type Kind = keyof typeof kindNames
export interface Marked {
  date: string
  kind: Kind
  name: string
}

function weekend(date: string): boolean {
  return [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay())
}

/** The days from one to another, both included; at most a year of them. */
export function range(from: string, to: string): string[] {
  const out: string[] = []
  const end = Date.parse(`${to}T00:00:00Z`)
  for (let t = Date.parse(`${from}T00:00:00Z`); t <= end && out.length < 400; t += 86_400_000) out.push(new Date(t).toISOString().slice(0, 10))
  return out
}

/** The marked days with some marked otherwise, or as ordinary days again. Only weekends
 * are made working days: the others are already. */
export function marked(days: Marked[], dates: string[], kind: Kind | 'plain', name: string): Marked[] {
  const left = days.filter((d) => !dates.includes(d.date))
  const added = kind === 'plain' ? [] : dates.filter((d) => kind !== 'workday' || weekend(d)).map((date) => ({ date, kind, name: kind === 'workday' ? '调休上班' : name }))
  return [...left, ...added].sort((a, b) => a.date.localeCompare(b.date))
}

/** Reads lines of 日期[,结束日期],类型,名称. What cannot be read is told by line; the server
 * judges the rest. */
export function readCsv(text: string): { days: Marked[]; wrong: string[] } {
  const kinds: Record<string, Kind> = { 放假: 'holiday', 节假日: 'holiday', 调休上班: 'workday', 上班: 'workday', 停课: 'break', 寒暑假: 'break', 寒假: 'break', 暑假: 'break' }
  const found: Marked[] = []
  const wrong: string[] = []
  text.replace(/^\ufeff/, '').split(/\r?\n/).forEach((line, i) => {
    const cells = line.split(/[,，\t]/).map((c) => c.trim().replace(/^"|"$/g, ''))
    if (!cells.some(Boolean) || (i === 0 && !/\d{4}/.test(line))) return
    const dates = cells.filter((c) => /^\d{4}-\d{2}-\d{2}$/.test(c))
    const rest = cells.filter((c) => c && !dates.includes(c))
    const kind = kinds[rest[0] ?? '']
    if (dates.length === 0 || !kind) {
      wrong.push(`第 ${i + 1} 行“${line.slice(0, 40)}”：须写日期（年-月-日）和类型（${Object.keys(kinds).slice(0, 7).join('、')}）。`)
      return
    }
    for (const date of range(dates[0]!, dates.at(-1)!)) found.push({ date, kind, name: rest[1] ?? rest[0]! })
  })
  return { days: found, wrong }
}
