import { Checked } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/reconcile', name: 'reconcile', component: () => import('./ReconcilePage.vue'),
    meta: { title: '对账', menu: { group: 'manage', order: 90, icon: Checked, roles: ['sysadmin'] } },
  },
]
