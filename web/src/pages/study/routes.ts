import { Reading } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { learners } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/study', name: 'study', component: () => import('./MyStudyPage.vue'),
    meta: { title: '我的研修', menu: { group: 'work', order: 5, icon: Reading, roles: learners } },
  },
  {
    path: '/cases/:caseId/study', name: 'teacher-study', component: () => import('./TeacherStudyPage.vue'),
    meta: { title: '教师的研修', parent: 'training' },
  },
]
