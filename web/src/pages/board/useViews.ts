import { useLocalStorage } from '@vueuse/core'
import { computed } from 'vue'
import { type LocationQuery, useRoute } from 'vue-router'

import { useSession } from '@/session'

/** Filters and order of the board under a name. */
export interface View {
  name: string
  query: Record<string, string>
}

/** The named views of one user, kept in this browser. To share one, share its address. */
export function useViews() {
  const route = useRoute()
  const views = useLocalStorage<View[]>(`zx.board.views.${useSession().me?.id ?? ''}`, [])
  const now = computed(() => plain(route.query))
  const current = computed(() => views.value.find((v) => same(v.query, now.value)))

  /** Keeps what is shown; a view of the same name is replaced. */
  function save(name: string): void {
    views.value = [...views.value.filter((v) => v.name !== name), { name, query: now.value }]
  }
  function remove(name: string): void {
    views.value = views.value.filter((v) => v.name !== name)
  }
  return { views, current, save, remove }
}

function plain(q: LocationQuery): Record<string, string> {
  return Object.fromEntries(Object.entries(q).filter((e): e is [string, string] => typeof e[1] === 'string'))
}

function same(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((k) => a[k] === b[k])
}
