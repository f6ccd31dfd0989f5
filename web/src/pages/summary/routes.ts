import { Files, Timer } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { overseers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/summary', name: 'summary', component: () => import('./SummaryPage.vue'),
    meta: { title: '区市汇总', menu: { group: 'watch', order: 30, icon: Files, roles: overseers } },
  },
  {
    path: '/turnaround', name: 'turnaround', component: () => import('./TurnaroundPage.vue'),
    meta: { title: '办理用时', menu: { group: 'watch', order: 40, icon: Timer, roles: overseers } },
  },
  { path: '/digests/:digestId', name: 'digest', component: () => import('./DigestPage.vue'), meta: { title: '督办周报', parent: 'notices' } },
]
