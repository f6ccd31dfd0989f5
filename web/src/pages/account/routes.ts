import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/account', name: 'account', component: () => import('./AccountPage.vue'), meta: { title: '我的账号' } },
  { path: '/password', name: 'password', component: () => import('./PasswordPage.vue'), meta: { title: '修改密码', parent: 'account' } },
]
