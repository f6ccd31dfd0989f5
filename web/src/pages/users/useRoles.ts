import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { useSession } from '@/session'

type RoleInfo = Schemas['RoleInfo']

/** The role table, and which roles the person signed in may give. */
export function useRoles() {
  const session = useSession()
  const query = useQuery({ queryKey: ['roles'], queryFn: () => unwrap(client.GET('/api/v1/roles')), staleTime: Infinity })
  const all = computed<RoleInfo[]>(() => query.data.value?.items ?? [])
  const mine = computed(() => new Set((session.me?.grants ?? []).flatMap((g) => all.value.find((r) => r.role === g.role)?.grants ?? [])))
  /** Roles that can be given at an organisation of this level. */
  function givable(level: Schemas['OrgLevel'] | undefined): RoleInfo[] {
    return all.value.filter((r) => mine.value.has(r.role) && (!level || r.levels.includes(level)))
  }
  return { all, mine, givable }
}
