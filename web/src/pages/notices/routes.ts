import { Bell } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/notices', name: 'notices', component: () => import('./NoticesPage.vue'),
    meta: { title: '通知', menu: { group: 'work', order: 90, icon: Bell } },
  },
]
