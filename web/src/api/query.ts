import { QueryClient } from '@tanstack/vue-query'

import { asProblem } from './problem'

/** Server state. A key begins with its topic, which live updates name: case, tasks,
 * notices, progress, cohorts, alarms, dashboard; then ids and filters. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      networkMode: 'always',
      retry: (times, e) => times < 2 && [0, 502, 503, 504].includes(asProblem(e).status),
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always' },
  },
})

/** Everything that a change of one case may have changed. */
export function caseChanged(caseId: string): void {
  for (const queryKey of [['case', caseId], ['tasks'], ['notices']]) void queries.invalidateQueries({ queryKey })
}
