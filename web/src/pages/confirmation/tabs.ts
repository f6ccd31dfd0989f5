import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  {
    path: 'result', name: 'confirmation', title: '结果', order: 80, component: () => import('./ResultTab.vue'),
    roles: ['school_admin', 'principal', 'district', 'city_office', 'bureau', 'inspector', 'auditor'],
  },
]
