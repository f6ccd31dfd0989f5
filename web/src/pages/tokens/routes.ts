import { Key } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/tokens', name: 'tokens', component: () => import('./TokensPage.vue'),
    meta: { title: '系统对接令牌', menu: { group: 'manage', order: 27, icon: Key, roles: ['security_admin', 'audit_admin'] } },
  },
]
