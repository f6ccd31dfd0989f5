import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'

export type Dashboard = Schemas['Dashboard']
export type Scope = { cohort_id?: string; under?: string }

/** The same figures are not read more often, however much happens. */
const pause = 10_000

/** The figures of a scope. They stay while newer ones are read. */
export function useDashboard(scope: MaybeRefOrGetter<Scope>) {
  const read = new Map<string, number>()
  return useQuery({
    queryKey: computed(() => ['dashboard', toValue(scope)]),
    queryFn: async ({ signal }) => {
      const query = toValue(scope)
      const name = JSON.stringify(query)
      await wait((read.get(name) ?? -Infinity) + pause - Date.now(), signal)
      const figures = await unwrap(client.GET('/api/v1/dashboard', { params: { query }, signal }))
      read.set(name, Date.now())
      return figures
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new DOMException('aborted', 'AbortError'))
    }, { once: true })
  })
}
