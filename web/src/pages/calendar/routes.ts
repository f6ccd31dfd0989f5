import { Calendar } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { overseers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/calendar', name: 'calendar', component: () => import('./CalendarPage.vue'),
    meta: { title: '工作日历', menu: { group: 'manage', order: 50, icon: Calendar, roles: overseers } },
  },
  { path: '/calendar/:version/edit', name: 'calendar-edit', component: () => import('./CalendarEditPage.vue'), meta: { title: '编制新版日历', parent: 'calendar' } },
]
