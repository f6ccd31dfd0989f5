import { Lock } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/locked-accounts', name: 'locked-accounts', component: () => import('./LockedPage.vue'),
    meta: { title: '账号锁定', menu: { group: 'manage', order: 21, icon: Lock, roles: ['security_admin', 'audit_admin', 'city_office', 'district', 'school_admin'] } },
  },
]
