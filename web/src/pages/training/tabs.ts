import { learners, overseers, school } from '@/lib/roles'
import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: 'training', name: 'training', title: '研修', order: 30, component: () => import('./TrainingTab.vue'), roles: [...school, ...learners, ...overseers] },
]
