import { client, type Schemas } from '@/api/client'
import { useDownload } from '@/components/useDownload'
import type { BoardColumn } from '@/pages/board/columns'
import type { ProgressQuery } from '@/pages/board/filters'

/** Saves the board as a workbook: all rows of these filters, in this order, in these columns. */
export function useExport() {
  const { save: download, busy, problem } = useDownload()
  function save(asked: ProgressQuery, columns: BoardColumn[]): Promise<void> {
    const query = { ...asked, columns: columns.flatMap((c) => c.file) as Schemas['ProgressColumn'][] }
    return download('督办台账', () => client.GET('/api/v1/progress/export', {
      params: { query }, parseAs: 'blob', querySerializer: { array: { style: 'form', explode: false } },
    }))
  }
  return { save, busy, problem }
}
