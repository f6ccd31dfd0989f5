import { ref } from 'vue'

import { unwrap } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import { date } from '@/lib/format'

/** Saves what the server makes as a file: `call` asks for it as a blob. */
export function useDownload() {
  const busy = ref(false)
  const problem = ref<Problem>()

  async function save(name: string, call: () => Promise<{ data?: unknown; error?: unknown; response: Response }>): Promise<void> {
    busy.value = true
    problem.value = undefined
    try {
      hand((await unwrap(call())) as Blob, `${name}-${date(new Date())}.xlsx`)
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
