import { Document } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { overseers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/events', name: 'events', component: () => import('./EventsPage.vue'),
    meta: { title: '操作日志', menu: { group: 'manage', order: 70, icon: Document, roles: overseers } },
  },
]
