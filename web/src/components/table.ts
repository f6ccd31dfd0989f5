/** One column of a DataTable. */
export interface Column<T> {
  key: string
  title: string
  /** The plain text of the cell; a slot named after the key replaces it. */
  text?: (row: T) => string | number | undefined
  /** Sorting by this column, by the server's name for it. */
  sort?: string
  align?: 'left' | 'right' | 'center'
  width?: string
  /** The column that names the row: first line of a card on narrow screens. */
  head?: boolean
  /** Hidden until chosen. */
  optional?: boolean
}
