import { User } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/users', name: 'users', component: () => import('./UsersPage.vue'),
    meta: { title: '用户', menu: { group: 'manage', order: 20, icon: User, roles: ['sysadmin', 'security_admin', 'audit_admin', 'city_office', 'district', 'school_admin', 'principal', 'bureau'] } },
  },
  { path: '/users/:userId', name: 'user', component: () => import('./UserPage.vue'), meta: { title: '用户详情', parent: 'users' } },
]
