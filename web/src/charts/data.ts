import type { EChartsCoreOption } from 'echarts/core'
import type { RouteLocationRaw } from 'vue-router'

/** One figure and the list that it counts. */
export interface Figure {
  text: string
  to?: RouteLocationRaw
  tone?: 'danger'
}

/** What a chart says, as a table: a row is a category, a column is a series. */
export interface ChartTable {
  heads: string[]
  rows: { label: string; to?: RouteLocationRaw; cells: Figure[] }[]
}

/** The colours of the page, light or dark. */
export interface Colors {
  accent: string
  ok: string
  warn: string
  danger: string
  text: string
  text2: string
  text3: string
  line: string
  surface: string
  font: string
}

/** Draws the table in these colours; series and data keep the order of columns and rows. */
export type Draw = (table: ChartTable, c: Colors) => EChartsCoreOption

/** The numbers of one column. */
export function column(t: ChartTable, i: number): number[] {
  return t.rows.map((r) => Number(r.cells[i]?.text) || 0)
}
