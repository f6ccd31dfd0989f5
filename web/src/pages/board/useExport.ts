import { ref } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import { date } from '@/lib/format'
import type { BoardColumn } from '@/pages/board/columns'
import type { ProgressQuery } from '@/pages/board/filters'

/** Saves the board as a workbook: all rows of these filters, in this order, in these columns. */
export function useExport() {
  const busy = ref(false)
  const problem = ref<Problem>()

  async function save(asked: ProgressQuery, columns: BoardColumn[]): Promise<void> {
    busy.value = true
    problem.value = undefined
    try {
      const query = { ...asked, columns: columns.flatMap((c) => c.file) as Schemas['ProgressColumn'][] }
      const file = await unwrap(client.GET('/api/v1/progress/export', {
        params: { query }, parseAs: 'blob', querySerializer: { array: { style: 'form', explode: false } },
      }))
      hand(file as unknown as Blob, `督办台账-${date(new Date())}.xlsx`)
    } catch (e) {
      problem.value = asProblem(e)
    } finally {
      busy.value = false
    }
  }
  return { save, busy, problem }
}

function hand(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
