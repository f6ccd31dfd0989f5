import { Histogram } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { overseers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/dashboard', name: 'dashboard', component: () => import('./DashboardPage.vue'),
    meta: { title: '看板', menu: { group: 'watch', order: 10, icon: Histogram, roles: overseers } },
  },
]
