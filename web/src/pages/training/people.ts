import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { overseers, school } from '@/lib/roles'
import { useSession } from '@/session'

export type Group = Schemas['Group']

/** Every page of a list that is at most a school long. */
export async function readAll<T>(read: (cursor: string | undefined) => Promise<{ items: T[]; next?: string }>): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    all.push(...page.items)
    cursor = page.next || undefined
  } while (cursor)
  return all
}

/** The groups of a case, by name. */
export function useGroups(caseId: MaybeRefOrGetter<string>) {
  const session = useSession()
  const query = useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'groups']),
    queryFn: () => unwrap(client.GET('/api/v1/cases/{caseId}/groups', { params: { path: { caseId: toValue(caseId) } } })),
    enabled: computed(() => toValue(caseId) !== ''),
  })
  const groups = computed(() => query.data.value?.items ?? [])
  const names = computed(() => new Map(groups.value.map((g) => [g.id, g.name])))
  /** Those that this person leads. */
  const led = computed(() => groups.value.filter((g) => g.leader?.id === session.me?.id))
  const options = computed(() => [{ value: '', label: '全部教研组' }, ...groups.value.map((g) => ({ value: g.id, label: g.name }))])
  return { query, groups, names, led, options }
}

/** What this person is in a case, for showing what concerns them; the server decides. */
export function usePlace(caseId: MaybeRefOrGetter<string>) {
  const session = useSession()
  const team = useQuery({
    queryKey: computed(() => ['case', toValue(caseId), 'team']),
    queryFn: () => unwrap(client.GET('/api/v1/cases/{caseId}/team', { params: { path: { caseId: toValue(caseId) } } })),
  })
  return {
    school: computed(() => session.has(...school)),
    admin: computed(() => session.has('school_admin')),
    overseer: computed(() => session.has(...school, ...overseers)),
    reviewer: computed(() => session.has('district', 'city_office')),
    expert: computed(() => session.has('expert')),
    inTeam: computed(() => team.data.value?.members.some((m) => m.user_id === session.me?.id) ?? false),
  }
}
