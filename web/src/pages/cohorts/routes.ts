import { Collection } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { overseers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/cohorts', name: 'cohorts', component: () => import('./CohortsPage.vue'),
    meta: { title: '批次', menu: { group: 'manage', order: 30, icon: Collection, roles: overseers } },
  },
  { path: '/cohorts/:cohortId', name: 'cohort', component: () => import('./CohortPage.vue'), meta: { title: '批次详情', parent: 'cohorts' } },
]
