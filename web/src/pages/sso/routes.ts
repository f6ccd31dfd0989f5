import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/sso', name: 'sso', component: () => import('./SsoPage.vue'), meta: { title: '经平台登录', bare: true } },
]
