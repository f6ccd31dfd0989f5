import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { useLocalStorage } from '@vueuse/core'
import { computed, watch } from 'vue'
import { type LocationQuery, useRoute } from 'vue-router'

import { client, type Schemas, unwrap } from '@/api/client'
import { asProblem } from '@/api/problem'
import { filterNames } from '@/pages/board/filters'
import { useSession } from '@/session'

export type View = Schemas['BoardView']
export type Draft = Schemas['BoardViewDraft']

/** What the board shows now: the part of the address that a view keeps. */
export function shown(q: LocationQuery | Record<string, string>): { filters: Record<string, string>; sort: string } {
  const filters: Record<string, string> = {}
  for (const name of filterNames) {
    const value = q[name]
    if (name !== 'sort' && typeof value === 'string' && value) filters[name] = value
  }
  return { filters, sort: typeof q.sort === 'string' ? q.sort : '' }
}

export function queryOf(v: Pick<View, 'filters' | 'sort'>): Record<string, string> {
  return { ...v.filters, sort: v.sort || 'due' }
}

export function same(a: Pick<View, 'filters' | 'sort'>, b: Pick<View, 'filters' | 'sort'>): boolean {
  const keys = Object.keys(a.filters)
  return (a.sort || 'due') === (b.sort || 'due') && keys.length === Object.keys(b.filters).length && keys.every((k) => a.filters[k] === b.filters[k])
}

/** The named views of the board: one's own and those of colleagues. */
export function useViews() {
  const route = useRoute()
  const queries = useQueryClient()
  const query = useQuery({ queryKey: ['board-views'], queryFn: () => unwrap(client.GET('/api/v1/board-views')) })
  const views = computed(() => query.data.value?.items ?? [])
  const now = computed(() => shown(route.query))
  const current = computed(() => views.value.find((v) => same(v, now.value)))
  const offices = computed(() => query.data.value?.offices ?? [])
  const usual = computed(() => views.value.find((v) => v.id === query.data.value?.default_id))

  const refresh = () => queries.invalidateQueries({ queryKey: ['board-views'] })
  /** Keeps a view: a new one, or in place of the one with that id. */
  async function save(draft: Draft, id?: string): Promise<View> {
    const view = id
      ? await unwrap(client.PUT('/api/v1/board-views/{viewId}', { params: { path: { viewId: id } }, body: draft }))
      : await unwrap(client.POST('/api/v1/board-views', { body: draft }))
    await refresh()
    return view
  }
  async function remove(id: string): Promise<void> {
    await unwrap(client.DELETE('/api/v1/board-views/{viewId}', { params: { path: { viewId: id } } }))
    await refresh()
  }
  /** The view that the board opens with; undefined for none. */
  async function begin(id: string | undefined): Promise<void> {
    const settings = await unwrap(client.GET('/api/v1/me/settings'))
    if ((settings.board_view_id || undefined) === id) return
    await unwrap(client.PUT('/api/v1/me/settings', { body: { weekly_digest: settings.weekly_digest, board_view_id: id } }))
    await refresh()
  }
  moveHere(query.data, refresh)
  return { query, views, now, current, offices, usual, save, remove, begin }
}

/** Views that this browser kept before the server did go there, once. */
function moveHere(known: { value: Schemas['BoardViewList'] | undefined }, refresh: () => unknown): void {
  const kept = useLocalStorage<{ name: string; query: Record<string, string> }[]>(`zx.board.views.${useSession().me?.id ?? ''}`, [])
  let moving = false
  watch(() => known.value !== undefined && kept.value.length > 0, async (ready) => {
    if (!ready || moving) return
    moving = true
    for (const v of [...kept.value]) {
      try {
        await unwrap(client.POST('/api/v1/board-views', { body: { name: v.name, ...shown(v.query), columns: [] } }))
      } catch (e) {
        // One that is there already, or can never be kept, is not tried again.
        const { status } = asProblem(e)
        if (status < 400 || status >= 500) break
      }
      kept.value = kept.value.filter((k) => k.name !== v.name)
    }
    moving = false
    await refresh()
  }, { immediate: true })
}
