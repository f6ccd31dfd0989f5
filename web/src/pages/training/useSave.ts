import { ref } from 'vue'

import { asProblem, type Problem } from '@/api/problem'
import { caseChanged } from '@/api/query'

/** Runs a change of a case's daily records: busy meanwhile, the refusal in `problem`, and
 * what is shown read anew. True when it was done. */
export function useSave(caseId: () => string) {
  const busy = ref(false)
  const problem = ref<Problem>()
  async function run(change: () => Promise<unknown>): Promise<boolean> {
    busy.value = true
    problem.value = undefined
    try {
      await change()
      return true
    } catch (e) {
      problem.value = asProblem(e)
      return false
    } finally {
      busy.value = false
      caseChanged(caseId())
    }
  }
  return { busy, problem, run }
}
