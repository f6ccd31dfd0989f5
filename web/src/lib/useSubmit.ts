import { ref } from 'vue'

import { asProblem, type Problem } from '@/api/problem'

/** Sends a form: busy while it runs, the refusal afterwards. */
export function useSubmit() {
  const busy = ref(false)
  const problem = ref<Problem>()

  async function submit<T>(send: () => Promise<T>): Promise<{ done: true; value: T } | { done: false }> {
    busy.value = true
    problem.value = undefined
    try {
      return { done: true, value: await send() }
    } catch (e) {
      problem.value = asProblem(e)
      return { done: false }
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, submit }
}
