import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { WorkbookAddress, workbookCursor } from '@/api/client'
import { fetchMade, hand } from '@/files/made'

export type Filters = Record<string, string | undefined>

/** Filters in the address bar: a list can be shared by its address, and going back finds
 * it as it was. */
export function useFilters<K extends string>(names: readonly K[], defaults: Partial<Record<K, string>> = {}) {
  const route = useRoute()
  const router = useRouter()
  const filters = computed(() => {
    const out: Partial<Record<K, string>> = { ...defaults }
    for (const n of names) {
      const v = route.query[n]
      if (typeof v === 'string') out[n] = v
    }
    return out
  })
  // Where the address is on its way to: a second change meanwhile does not undo the first.
  let wanted: Filters | undefined
  function set(change: Partial<Record<K, string | undefined>>): void {
    const query = { ...(wanted ?? route.query), ...change } as Filters
    for (const [k, v] of Object.entries(query)) {
      if (v === undefined || (v === '' && !(defaults as Filters)[k])) delete query[k]
    }
    wanted = query
    void router.replace({ query, params: route.params }).finally(() => { if (wanted === query) wanted = undefined })
  }
  return { filters, set }
}

/** A list read page by page: `rows` grows with `more`. */
export function useList<Row, Page extends { items: Row[]; next?: string }>(
  key: MaybeRefOrGetter<readonly unknown[]>,
  read: (cursor: string | undefined) => Promise<Page>,
  enabled: MaybeRefOrGetter<boolean> = true,
  options: { refetchInterval?: (first: Page | undefined) => number | false } = {},
) {
  const query = useInfiniteQuery({
    queryKey: computed(() => toValue(key)),
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(enabled)),
    refetchInterval: (q) => options.refetchInterval?.(q.state.data?.pages[0] as Page | undefined) ?? false,
  })
  const pages = computed(() => (query.data.value?.pages ?? []) as Page[])
  return {
    query,
    rows: computed(() => pages.value.flatMap((p) => p.items)),
    /** Totals and the like are on the first page. */
    first: computed(() => pages.value[0]),
    more: () => query.fetchNextPage(),
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    /** Saves all rows of the list, as it is filtered and sorted now, as a workbook. */
    workbook: () => saveWorkbook(read),
  }
}

async function saveWorkbook(read: (cursor: string) => Promise<unknown>): Promise<void> {
  const caught = await read(workbookCursor).then(() => undefined, (e: unknown) => e)
  if (!(caught instanceof WorkbookAddress)) throw caught
  hand(await fetchMade(caught.address))
}
