import { Connection, Message } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { managers } from '@/lib/roles'

const postmasters = [...managers, 'sysadmin' as const]

export const routes: RouteRecordRaw[] = [
  {
    path: '/channels', name: 'channels', component: () => import('./ChannelsPage.vue'),
    meta: { title: '通知渠道', menu: { group: 'manage', order: 82, icon: Connection, roles: postmasters } },
  },
  {
    path: '/deliveries', name: 'deliveries', component: () => import('./DeliveriesPage.vue'),
    meta: { title: '发送记录', menu: { group: 'manage', order: 84, icon: Message, roles: postmasters } },
  },
  { path: '/notice-settings', name: 'notice-settings', component: () => import('./SettingsPage.vue'), meta: { title: '通知设置', parent: 'notices' } },
]
