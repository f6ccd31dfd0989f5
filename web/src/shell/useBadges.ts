import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { client, unwrap } from '@/api/client'
import { useSession } from '@/session'

/** The numbers beside the menu; nothing may be asked before the first password is changed. */
export function useBadges() {
  const session = useSession()
  return useQuery({
    queryKey: ['tasks', 'counts'],
    queryFn: () => unwrap(client.GET('/api/v1/tasks/counts')),
    refetchInterval: 60_000,
    enabled: computed(() => session.me?.must_change === false),
  })
}
