import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: 'dossier', name: 'dossier', title: '材料', order: 60, component: () => import('./DossierTab.vue') },
]
