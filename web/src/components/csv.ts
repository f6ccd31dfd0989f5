/** A column of an exported table. */
export interface CsvColumn<T> {
  title: string
  text: (row: T) => string | number | undefined
}

/** One cell: quoted where needed; what a spreadsheet would take for a formula is disarmed. */
function cell(value: string | number | undefined): string {
  let s = String(value ?? '')
  if (typeof value === 'string' && /^[=+\-@\t\r]/.test(s)) s = "'" + s
  return /[",\r\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s
}

export function csv<T>(columns: CsvColumn<T>[], rows: T[]): string {
  const lines = [columns.map((c) => cell(c.title)), ...rows.map((r) => columns.map((c) => cell(c.text(r))))]
  return lines.map((l) => l.join(',')).join('\r\n') + '\r\n'
}

/** Saves rows as a file that spreadsheets open as UTF-8 (hence the byte order mark). */
export function saveCsv<T>(name: string, columns: CsvColumn<T>[], rows: T[]): void {
  const url = URL.createObjectURL(new Blob(['\ufeff', csv(columns, rows)], { type: 'text/csv;charset=utf-8' }))
  const a = document.createElement('a')
  a.href = url
  a.download = `${name}.csv`
  a.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
