import type { CaseTab } from '@/menu'

export const tabs: CaseTab[] = [
  { path: 'diagnosis', name: 'diagnosis', title: '诊断', order: 20, component: () => import('./DiagnosisTab.vue') },
]
