import { EditPen } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { reviewers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/roster-requests', name: 'roster-requests', component: () => import('./RosterRequestsPage.vue'),
    meta: { title: '名册变更', menu: { group: 'work', order: 40, icon: EditPen, roles: reviewers } },
  },
]
