import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/cases/:caseId/plan-revisions/:version', name: 'revision', component: () => import('./RevisionPage.vue'),
    meta: { title: '两案文本', parent: 'projects' },
  },
]
