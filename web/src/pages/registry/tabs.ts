import { overseers, school } from '@/lib/roles'
import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: 'registry', name: 'registry-case', title: '学时登记', order: 95, roles: [...school, ...overseers], component: () => import('./RegistryTab.vue') },
]
