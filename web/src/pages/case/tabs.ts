import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: '', name: 'case', title: '概览', order: 0, component: () => import('./OverviewTab.vue') },
  { path: 'timeline', name: 'timeline', title: '全程记录', order: 100, component: () => import('./TimelineTab.vue') },
]
