import { OfficeBuilding } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/orgs', name: 'orgs', component: () => import('./OrgsPage.vue'),
    meta: { title: '组织', menu: { group: 'manage', order: 10, icon: OfficeBuilding, roles: ['sysadmin', 'security_admin', 'city_office', 'district'] } },
  },
]
