import { overseers, school } from '@/lib/roles'
import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: 'papers', name: 'papers', title: '公文与表格', order: 95, roles: [...school, ...overseers], component: () => import('./PapersTab.vue') },
]
