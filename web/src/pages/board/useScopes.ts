import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { overseers } from '@/lib/roles'
import { useSession } from '@/session'

/** Cities or districts that one list shows at most; a province has fewer. */
const most = 500

/** What figures and lists can be narrowed to: cohorts, cities and districts in sight. */
export function useScopes() {
  // Others have nothing to choose between, and may not list them.
  const enabled = useSession().has(...overseers)
  const cohorts = useQuery({
    queryKey: ['cohorts', 'all'], staleTime: 60_000, enabled,
    queryFn: async () => (await unwrap(client.GET('/api/v1/cohorts', { params: { query: { limit: most } } }))).items,
  })
  const orgs = useQuery({ queryKey: ['orgs', 'scopes'], staleTime: 300_000, enabled, queryFn: async () => (await Promise.all([read('city'), read('district')])).flat() })

  const cohortNames = computed(() => new Map((cohorts.data.value ?? []).map((c) => [c.id, c.name])))
  const orgNames = computed(() => new Map((orgs.data.value ?? []).map((o) => [o.id, o.name])))
  const cities = computed(() => (orgs.data.value ?? []).filter((o) => o.level === 'city'))
  const districts = computed(() => (orgs.data.value ?? []).filter((o) => o.level === 'district'))
  return { cohorts: computed(() => cohorts.data.value ?? []), cohortNames, orgNames, cities, districts }
}

async function read(level: Schemas['OrgLevel']): Promise<Schemas['Org'][]> {
  return (await unwrap(client.GET('/api/v1/orgs', { params: { query: { level, limit: most } } }))).items
}
