import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: 'plan', name: 'plan', title: '两案', order: 30, component: () => import('./PlanTab.vue') },
]
