import { useLocalStorage } from '@vueuse/core'
import { computed } from 'vue'

import { allColumns, type BoardColumn, usualColumns } from '@/pages/board/columns'
import { useSession } from '@/session'

/** The columns of the board and their order, kept for each user in this browser. */
export function useColumns() {
  const kept = useLocalStorage<string[]>(`zx.board.columns.${useSession().me?.id ?? ''}`, usualColumns)
  const known = new Map(allColumns.map((c) => [c.key, c]))
  const columns = computed(() => {
    const chosen = kept.value.map((k) => known.get(k)).filter((c): c is BoardColumn => !!c)
    return chosen.some((c) => c.head) ? chosen : [allColumns[0]!, ...chosen]
  })
  /** The chosen ones in their order, then the others. */
  const offered = computed(() => [...columns.value, ...allColumns.filter((c) => !columns.value.includes(c))])

  function keep(list: BoardColumn[]): void {
    kept.value = list.map((c) => c.key)
  }
  function toggle(key: string): void {
    const column = known.get(key)
    if (!column || column.head) return
    keep(columns.value.includes(column) ? columns.value.filter((c) => c !== column) : [...columns.value, column])
  }
  /** One place forward (-1) or back (1). */
  function move(key: string, by: -1 | 1): void {
    const list = [...columns.value]
    const at = list.findIndex((c) => c.key === key)
    const to = at + by
    if (at < 0 || to < 0 || to >= list.length) return
    ;[list[at], list[to]] = [list[to]!, list[at]!]
    keep(list)
  }
  function reset(): void {
    kept.value = [...usualColumns]
  }
  /** The columns of a view. */
  function use(keys: string[]): void {
    kept.value = keys
  }
  return { columns, offered, toggle, move, reset, use }
}
