import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { client, unwrap } from '@/api/client'

/** The roles that a project may wait on, in the server's words. */
export function useRoles() {
  const query = useQuery({
    queryKey: ['roles', 'waited-on'], staleTime: Infinity,
    queryFn: async () => (await unwrap(client.GET('/api/v1/roles'))).items.filter((r) => r.actions.length > 0),
  })
  const roles = computed(() => query.data.value ?? [])
  return { roles, roleNames: computed(() => new Map<string, string>(roles.value.map((r) => [r.role, r.name]))) }
}
