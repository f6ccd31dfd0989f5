import { defineAsyncComponent } from 'vue'

import { overseers, school } from '@/lib/roles'
import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  {
    path: 'dossier', name: 'dossier', title: '材料', order: 60, roles: [...school, ...overseers],
    badge: defineAsyncComponent(() => import('./DossierBadge.vue')),
    component: () => import('./DossierTab.vue'),
  },
]
