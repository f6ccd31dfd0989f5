import { Stamp } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { registrars } from './words'

export const routes: RouteRecordRaw[] = [
  {
    path: '/registry', name: 'registry', component: () => import('./RegistryPage.vue'),
    meta: { title: '学时登记', menu: { group: 'work', order: 60, icon: Stamp, roles: registrars } },
  },
]
