import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  {
    path: 'scoring', name: 'scoring', title: '打分', order: 70, roles: ['expert', 'bureau', 'city_office', 'auditor'],
    component: () => import('./ScoringTab.vue'),
  },
]
