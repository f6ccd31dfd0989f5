import { Promotion } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { announcers } from './words'

export const routes: RouteRecordRaw[] = [
  {
    path: '/bulletins', name: 'bulletins', component: () => import('./BulletinsPage.vue'),
    meta: { title: '下发通知', menu: { group: 'watch', order: 80, icon: Promotion, roles: announcers } },
  },
  { path: '/bulletins/new', name: 'bulletin-new', component: () => import('./ComposePage.vue'), meta: { title: '写通知', parent: 'bulletins' } },
  { path: '/bulletins/received/:bulletinId', name: 'bulletin-received', component: () => import('./ReceivedPage.vue'), meta: { title: '收到的通知', parent: 'notices' } },
  { path: '/bulletins/:bulletinId', name: 'bulletin', component: () => import('./BulletinPage.vue'), meta: { title: '通知详情', parent: 'bulletins' } },
]
