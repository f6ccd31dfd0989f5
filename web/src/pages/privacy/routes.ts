import { Files } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { overseers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/privacy/inventory', name: 'personal-data', component: () => import('./InventoryPage.vue'),
    meta: { title: '个人信息清单', menu: { group: 'manage', order: 90, icon: Files, roles: overseers } },
  },
]
