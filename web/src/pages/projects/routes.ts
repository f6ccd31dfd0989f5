import { School } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { learners, school } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/projects', name: 'projects', component: () => import('./ProjectsPage.vue'),
    meta: { title: '项目', menu: { group: 'work', order: 20, icon: School, roles: [...school, ...learners, 'expert'] } },
  },
]
