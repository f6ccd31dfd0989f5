import { Warning } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/alarms', name: 'alarms', component: () => import('./AlarmsPage.vue'),
    meta: { title: '告警', menu: { group: 'manage', order: 80, icon: Warning, roles: ['sysadmin'] } },
  },
]
