/** One day of a month's sheet, undefined where another month fills the week. */
export interface Day {
  date: string
  day: number
  weekend: boolean
}

/** The weeks of a month, Monday first. Month counts from 1. */
export function weeks(year: number, month: number): (Day | undefined)[][] {
  const first = new Date(Date.UTC(year, month - 1, 1))
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const lead = (first.getUTCDay() + 6) % 7
  const cells: (Day | undefined)[] = Array.from({ length: lead }, () => undefined)
  for (let day = 1; day <= length; day++) {
    cells.push({ date: `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`, day, weekend: (lead + day - 1) % 7 >= 5 })
  }
  while (cells.length % 7) cells.push(undefined)
  return Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(i * 7, i * 7 + 7))
}
