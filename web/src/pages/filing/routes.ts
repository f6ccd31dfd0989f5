import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/cases/:caseId/review', name: 'review', component: () => import('./ReviewPage.vue'),
    meta: { title: '审核两案', parent: 'inbox' },
  },
]
