import { reviewers } from '@/lib/roles'
import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: 'filing', name: 'filing', title: '审核备案', order: 35, roles: reviewers, component: () => import('./ToReview.vue') },
  { path: 'visits', name: 'visits', title: '进校指导', order: 80, component: () => import('./VisitsTab.vue') },
]
