import { DataLine } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { overseers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/board', name: 'board', component: () => import('./BoardPage.vue'),
    meta: { title: '督办台账', menu: { group: 'watch', order: 20, icon: DataLine, roles: overseers } },
  },
  { path: '/not-started', name: 'not-started', component: () => import('./NotStartedPage.vue'), meta: { title: '未启动的学校', parent: 'board' } },
]
