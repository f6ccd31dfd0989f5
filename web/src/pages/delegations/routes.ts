import { Switch } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { delegators } from '@/pages/delegations/delegations'

export const routes: RouteRecordRaw[] = [
  {
    path: '/delegations', name: 'delegations', component: () => import('./DelegationsPage.vue'),
    meta: { title: '委托', menu: { group: 'work', order: 80, icon: Switch, roles: delegators } },
  },
]
