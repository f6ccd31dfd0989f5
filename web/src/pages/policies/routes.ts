import { Notebook } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { overseers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/policies', name: 'policies', component: () => import('./PoliciesPage.vue'),
    meta: { title: '政策', menu: { group: 'manage', order: 40, icon: Notebook, roles: overseers } },
  },
  { path: '/rules/:scopeId/:programme', name: 'law', component: () => import('./LawPage.vue'), meta: { title: '细则', parent: 'policies' } },
  { path: '/policies/:digest', name: 'policy', component: () => import('./PolicyPage.vue'), meta: { title: '政策全文', parent: 'policies' } },
]
