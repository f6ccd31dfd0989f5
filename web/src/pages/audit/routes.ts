import { Stamp } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import type { Role } from '@/lib/roles'

/** Who keeps watch over the others. */
export const auditors: Role[] = ['audit_admin', 'auditor']

export const routes: RouteRecordRaw[] = [
  {
    path: '/audit', name: 'audit', component: () => import('./AuditPage.vue'),
    meta: { title: '审计日志', menu: { group: 'manage', order: 72, icon: Stamp, roles: auditors } },
  },
]
