/** Everything is shown in China's time, wherever the browser stands. */
const zone = 'Asia/Shanghai'

const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
const minute = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hour12: false })

/** 2026-11-21, "" for nothing. */
export function date(at: string | Date | undefined): string {
  return at ? day.format(new Date(at)) : ''
}

/** 2026-11-21 09:30, "" for nothing. */
export function dateTime(at: string | Date | undefined): string {
  return at ? `${date(at)} ${minute.format(new Date(at))}` : ''
}

/** Tenths, as the server counts hours and points: 185 is 18.5, 180 is 18. */
export function tenths(n: number | undefined): string {
  if (n === undefined) return ''
  return n % 10 === 0 ? String(n / 10) : (n / 10).toFixed(1)
}

/** The tenths of what somebody typed; undefined when it is no number with at most one
 * decimal. */
export function parseTenths(text: string): number | undefined {
  const t = text.trim()
  if (!/^\d{1,6}([.．]\d?)?$/.test(t)) return undefined
  return Math.round(Number(t.replace('．', '.')) * 10)
}

/** 1 234 567, grouped with thin spaces as in the tables. */
export function count(n: number | undefined): string {
  return n === undefined ? '' : String(n).replace(/\B(?=(\d{3})+$)/g, '\u2009')
}

/** 1.5 MB */
export function bytes(n: number | undefined): string {
  if (n === undefined) return ''
  const units = ['B', 'KB', 'MB', 'GB']
  let i = 0
  let v = n
  while (v >= 1024 && i < units.length - 1) {
    v /= 1024
    i++
  }
  return `${i === 0 || v >= 100 ? Math.round(v) : v.toFixed(1)} ${units[i]}`
}

/** The last second of a day in China (2026-11-21), as the server wants a deadline. */
export function endOfDay(day: string): string {
  return `${day}T23:59:59+08:00`
}

/** The first moment of a day in China (2026-11-21). */
export function startOfDay(day: string): string {
  return `${day}T00:00:00+08:00`
}

/** Two days in China, both of them in, as lists ask for a time: the end is not in. */
export function days(from: string | undefined, to: string | undefined): { from?: string; to?: string } {
  return {
    from: from && new Date(startOfDay(from)).toISOString(),
    to: to && new Date(new Date(endOfDay(to)).getTime() + 1000).toISOString(),
  }
}
