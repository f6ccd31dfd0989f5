import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { refDebounced, useLocalStorage } from '@vueuse/core'
import { computed, type Ref } from 'vue'
import type { RouteLocationRaw, Router } from 'vue-router'

import { client, type Schemas, unwrap } from '@/api/client'
import { overseers } from '@/lib/roles'
import { useSession } from '@/session'

export type Hit = Schemas['SearchItem']
export interface Group { name: string; items: Hit[]; more: boolean }

/** Fewer characters find too much; the server refuses them. */
export const least = 2
const kept = 6

/** What the typed text finds, a moment after the last key. */
export function useSearch(text: Ref<string>) {
  const settled = refDebounced(computed(() => text.value.trim()), 200)
  const enough = computed(() => [...settled.value].length >= least)
  const query = useQuery({
    queryKey: computed(() => ['search', settled.value]),
    queryFn: ({ signal }) => unwrap(client.GET('/api/v1/search', { params: { query: { q: settled.value } }, signal })),
    enabled: enough,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
  const groups = computed((): Group[] => (enough.value ? (query.data.value?.groups ?? []) : []))
  const waiting = computed(() => text.value.trim() !== settled.value || (enough.value && query.isFetching.value))
  return { groups, enough, waiting, error: query.error }
}

/** What was opened from a search lately, in this browser. People are not kept: others may
 * use the same computer. */
export function useRecent() {
  const list = useLocalStorage<Hit[]>(`zx.search.${useSession().me?.id ?? ''}`, [])
  function keep(hit: Hit): void {
    if (hit.kind === 'user') return
    list.value = [hit, ...list.value.filter((h) => h.kind !== hit.kind || h.id !== hit.id)].slice(0, kept)
  }
  return { recent: list, keep, forget: () => (list.value = []) }
}

/** Where a hit leads: the project, the person, or else the list that names it. */
export function placeOf(router: Router, hit: Hit, role: Schemas['Role'] | undefined): RouteLocationRaw {
  const known = (name: string) => router.hasRoute(name)
  if (hit.kind === 'user') {
    if (hit.case_id && known('teacher-study')) return { name: 'teacher-study', params: { caseId: hit.case_id }, query: { teacher: hit.id } }
    return known('user') ? { name: 'user', params: { userId: hit.id } } : '/'
  }
  if (hit.case_id) return { path: `/cases/${hit.case_id}` }
  // A school without a project waits for one.
  return role && overseers.includes(role) ? { name: 'not-started', query: { q: hit.title } } : { name: 'projects' }
}
