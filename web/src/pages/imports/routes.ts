import { Upload } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { managers } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/imports', name: 'imports', component: () => import('./ImportsPage.vue'),
    meta: { title: '表格导入', menu: { group: 'manage', order: 25, icon: Upload, roles: managers } },
  },
  { path: '/imports/:importId', name: 'import', props: true, component: () => import('./ImportPage.vue'), meta: { title: '导入详情', parent: 'imports' } },
]
