import { Collection } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { overseers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/cohorts', name: 'cohorts', component: () => import('./CohortsPage.vue'),
    meta: { title: '批次', menu: { group: 'manage', order: 30, icon: Collection, roles: overseers } },
  },
  { path: '/cohorts/schedule', name: 'cohort-schedule', component: () => import('./SchedulePage.vue'), meta: { title: '立项排期', parent: 'cohorts' } },
  { path: '/cohorts/:cohortId/scheme', name: 'cohort-scheme', component: () => import('./SchemePage.vue'), meta: { title: '考核方案', parent: 'cohort' } },
  { path: '/cohorts/:cohortId/migrate', name: 'cohort-migrate', component: () => import('./MigratePage.vue'), meta: { title: '迁移在办项目', parent: 'cohort' } },
  { path: '/cohorts/:cohortId/calendar', name: 'cohort-calendar', component: () => import('./CohortCalendarPage.vue'), meta: { title: '更换工作日历', parent: 'cohort' } },
  { path: '/cohorts/:cohortId/second-round', name: 'cohort-second-round', component: () => import('./SecondRoundPage.vue'), meta: { title: '组织第二轮', parent: 'cohort' } },
  { path: '/cohorts/:cohortId/runs/:run', name: 'cohort-run', component: () => import('./RunPage.vue'), meta: { title: '成批办理', parent: 'cohort' } },
  { path: '/cohorts/:cohortId', name: 'cohort', component: () => import('./CohortPage.vue'), meta: { title: '批次详情', parent: 'cohorts' } },
]
