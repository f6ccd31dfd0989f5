import { learners, overseers, school } from '@/lib/roles'
import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: 'assessment', name: 'assessment', title: '考核', order: 40, component: () => import('./AssessmentTab.vue'), roles: [...school, ...learners, ...overseers, 'expert'] },
]
