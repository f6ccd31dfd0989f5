import { Stamp } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { triad } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/admin-changes', name: 'admin-changes', component: () => import('./AdminChangesPage.vue'),
    meta: { title: '三员变更', menu: { group: 'manage', order: 25, icon: Stamp, roles: triad } },
  },
]
