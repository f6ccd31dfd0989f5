import { useQuery } from '@tanstack/vue-query'

import { client, unwrap } from '@/api/client'

/** The numbers beside the menu. */
export function useBadges() {
  return useQuery({ queryKey: ['tasks', 'counts'], queryFn: () => unwrap(client.GET('/api/v1/tasks/counts')), refetchInterval: 60_000 })
}
