import type { Stage } from '@/lib/stages'
import type { Dashboard } from '@/pages/dashboard/useDashboard'

export interface HeatCell { count: number; overdue: number }
export interface HeatRow extends HeatCell {
  id: string
  name: string
  cells: Partial<Record<Stage, HeatCell>>
}

/** The heat table: a row for each district, those with most overdue first; and the sums. */
export function heatRows(heat: Dashboard['heat']): { rows: HeatRow[]; sums: Partial<Record<Stage, HeatCell>>; most: number } {
  const rows = new Map<string, HeatRow>()
  const sums: Partial<Record<Stage, HeatCell>> = {}
  let most = 0
  for (const h of heat) {
    let row = rows.get(h.district.id)
    if (!row) rows.set(h.district.id, (row = { id: h.district.id, name: h.district.name, count: 0, overdue: 0, cells: {} }))
    row.cells[h.stage] = { count: h.count, overdue: h.overdue }
    const sum = (sums[h.stage] ??= { count: 0, overdue: 0 })
    for (const s of [row, sum]) {
      s.count += h.count
      s.overdue += h.overdue
    }
    most = Math.max(most, h.count)
  }
  const sorted = [...rows.values()].sort((a, b) => b.overdue - a.overdue || b.count - a.count || a.name.localeCompare(b.name, 'zh-CN'))
  return { rows: sorted, sums, most }
}

/** How strongly a cell is coloured, in percent; light enough for the text on it. */
export function shade(count: number, most: number): number {
  return most === 0 || count === 0 ? 0 : Math.round(6 + (28 * count) / most)
}
