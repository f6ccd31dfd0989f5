import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: '', name: 'case', title: '概览', order: 0, component: () => import('./OverviewTab.vue') },
]
