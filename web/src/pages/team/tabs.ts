import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: 'team', name: 'team', title: '团队', order: 10, component: () => import('./TeamTab.vue') },
]
