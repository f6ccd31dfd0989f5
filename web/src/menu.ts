import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

import type { Role } from '@/lib/roles'

/** How a page shows in the sidebar. */
export interface MenuEntry {
  group: 'work' | 'watch' | 'manage'
  order: number
  icon: Component
  /** Who sees it; absent is everybody. It hides, it does not forbid: the server does. */
  roles?: Role[]
  /** The number beside it. */
  badge?: 'todo' | 'unread'
}

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    menu?: MenuEntry
    /** Shown without the shell and without signing in. */
    bare?: boolean
    /** The page above this one in the breadcrumbs, by route name. */
    parent?: string
  }
}

export const groups: Record<MenuEntry['group'], string> = { work: '工作', watch: '督办', manage: '管理' }

/** A tab of the case page; each area under pages/ may add some in its tabs.ts. */
export interface CaseTab {
  path: string
  name: string
  title: string
  order: number
  component: RouteRecordRaw['component']
  /** Whose tab it is; absent is everybody who may see the case. */
  roles?: Role[]
  /** A few characters after the title, such as (9/15); gets the case as `view`. */
  badge?: Component
}
