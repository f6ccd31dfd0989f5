import type { RouteRecordRaw } from 'vue-router'

import type { Role } from '@/lib/roles'
import type { CaseTab } from '@/menu'

// Each area may add tabs to the case page.
const found = import.meta.glob<{ tabs: CaseTab[] }>('../*/tabs.ts', { eager: true })

export const tabs: CaseTab[] = Object.values(found)
  .flatMap((f) => f.tabs)
  .sort((a, b) => a.order - b.order)

/** The tabs that somebody sees; a link to another would lead to a refusal. */
export function tabsFor(has: (...roles: Role[]) => boolean): CaseTab[] {
  return tabs.filter((t) => !t.roles || has(...t.roles))
}

export const routes: RouteRecordRaw[] = [
  {
    path: '/cases/:caseId',
    component: () => import('./CasePage.vue'),
    children: tabs.map((t) => ({
      path: t.path,
      name: t.name,
      component: t.component,
      meta: { title: t.title, parent: 'projects' },
    })) as RouteRecordRaw[],
  },
]
