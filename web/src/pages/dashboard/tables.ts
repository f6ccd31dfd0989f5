import { type ChartTable, column, type Draw, type Figure } from '@/charts/data'
import { stageName } from '@/lib/stages'
import { type BoardFilters, boardLink } from '@/pages/board/filters'
import type { Dashboard, Scope } from '@/pages/dashboard/useDashboard'

/** A figure that opens the board on what it counts, within the dashboard's own scope. */
function door(n: number, scope: Scope, f: BoardFilters, tone?: 'danger'): Figure {
  return { text: String(n), to: n ? boardLink({ ...scope, ...f }) : undefined, tone: n ? tone : undefined }
}

export function funnelTable(d: Dashboard, scope: Scope): ChartTable {
  return {
    heads: ['环节', '现有', '其中逾期'],
    rows: d.funnel.map((s) => ({
      label: stageName(s.stage),
      cells: [door(s.count, scope, { stage: s.stage }), door(s.overdue, scope, { stage: s.stage, overdue: '1' }, 'danger')],
    })),
  }
}

// The first series is drawn as what is not overdue, so that both together are the count.
export const drawFunnel: Draw = (t, c) => {
  const over = column(t, 1)
  const rest = column(t, 0).map((n, i) => n - over[i]!)
  const bar = { type: 'bar', stack: 'all', barMaxWidth: 20 }
  return {
    yAxis: { type: 'category', inverse: true, data: t.rows.map((r) => r.label), axisTick: { show: false }, axisLine: { lineStyle: { color: c.line } }, axisLabel: { color: c.text2 } },
    xAxis: { type: 'value', minInterval: 1, splitLine: { lineStyle: { color: c.line } }, axisLabel: { color: c.text2 } },
    series: [
      { ...bar, name: '未逾期', data: rest, color: c.accent },
      { ...bar, name: '逾期', data: over, color: c.danger },
    ],
  }
}

export function durationTable(d: Dashboard, scope: Scope): ChartTable {
  return {
    heads: ['环节', '中位数', '十分之九', '结束次数'],
    rows: d.durations.map((s) => {
      const to = s.finished ? boardLink({ ...scope, left: s.stage }) : undefined
      return { label: stageName(s.stage), cells: [{ text: String(s.median), to }, { text: String(s.p90), to }, { text: String(s.finished), to }] }
    }),
  }
}

export const drawDurations: Draw = (t, c) => {
  const bar = { type: 'bar', barMaxWidth: 14, barGap: '10%' }
  return {
    xAxis: { type: 'category', data: t.rows.map((r) => r.label), axisTick: { show: false }, axisLine: { lineStyle: { color: c.line } }, axisLabel: { color: c.text2, interval: 0, rotate: 40 } },
    yAxis: { type: 'value', splitLine: { lineStyle: { color: c.line } }, axisLabel: { color: c.text2 } },
    series: [
      { ...bar, name: '中位数', data: column(t, 0), color: c.accent },
      { ...bar, name: '十分之九不超过', data: column(t, 1), color: c.text3 },
    ],
  }
}

/** What the trend follows, by the filter that lists it. */
const followed: { title: string; of: (w: Dashboard['trend'][number]) => number; filter: BoardFilters }[] = [
  { title: '立项', of: (w) => w.entered.team ?? 0, filter: { entered: 'team' } },
  { title: '进入研修', of: (w) => w.entered.training ?? 0, filter: { entered: 'training' } },
  { title: '结果确认', of: (w) => w.confirmed, filter: { left: 'confirmation' } },
  { title: '办结', of: (w) => w.closed, filter: { entered: 'closed' } },
]

export function trendTable(d: Dashboard, scope: Scope): ChartTable {
  return {
    heads: ['周（起）', ...followed.map((f) => f.title)],
    rows: d.trend.map((w) => ({
      label: w.monday,
      cells: followed.map((f) => door(f.of(w), scope, { ...f.filter, from: w.monday, to: w.sunday })),
    })),
  }
}

// Lines differ by dash and mark too, not by colour alone.
export const drawTrend: Draw = (t, c) => {
  const looks = [[c.text3, 'dashed', 'circle'], [c.accent, 'solid', 'circle'], [c.warn, 'dotted', 'triangle'], [c.ok, 'solid', 'rect']] as const
  return {
    xAxis: { type: 'category', data: t.rows.map((r) => r.label.slice(5)), axisTick: { show: false }, axisLine: { lineStyle: { color: c.line } }, axisLabel: { color: c.text2 } },
    yAxis: { type: 'value', minInterval: 1, splitLine: { lineStyle: { color: c.line } }, axisLabel: { color: c.text2 } },
    tooltip: { trigger: 'axis', confine: true, backgroundColor: c.surface, borderColor: c.line, textStyle: { color: c.text } },
    series: followed.map((f, i) => {
      const [color, type, symbol] = looks[i]!
      return { type: 'line', name: f.title, data: column(t, i), color, symbol, symbolSize: 7, lineStyle: { type, width: 2 } }
    }),
  }
}
