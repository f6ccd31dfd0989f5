import type { CaseTab } from '@/menu'
import { overseers, school } from '@/lib/roles'

export const tabs: CaseTab[] = [
  { path: 'credits', name: 'credits', title: '学时', order: 90, roles: [...school, ...overseers], component: () => import('./CreditsTab.vue') },
]
