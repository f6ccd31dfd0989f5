import { ChatLineSquare, Delete, Files, Reading, Search, User, View } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

import { guardians, managers, officials, triad } from '@/lib/roles'

export const routes: RouteRecordRaw[] = [
  {
    path: '/privacy/inventory', name: 'personal-data', component: () => import('./InventoryPage.vue'),
    meta: { title: '个人信息清单', menu: { group: 'manage', order: 90, icon: Files, roles: [...officials, ...triad] } },
  },
  {
    path: '/privacy/reads', name: 'reads', component: () => import('./ReadsPage.vue'),
    meta: { title: '个人信息查看记录', menu: { group: 'manage', order: 91, icon: View, roles: guardians } },
  },
  {
    path: '/privacy/lookup', name: 'lookup', component: () => import('./LookupPage.vue'),
    meta: { title: '按号码查找', menu: { group: 'manage', order: 92, icon: Search, roles: managers } },
  },
  {
    path: '/privacy/requests', name: 'data-requests', component: () => import('./RequestsPage.vue'),
    meta: { title: '个人信息申请', menu: { group: 'manage', order: 93, icon: ChatLineSquare, roles: guardians } },
  },
  {
    path: '/privacy/erasures', name: 'erasures', component: () => import('./ErasuresPage.vue'),
    meta: { title: '个人信息清理', menu: { group: 'manage', order: 94, icon: Delete, roles: guardians } },
  },
  { path: '/privacy/erasures/:erasureId', name: 'erasure', component: () => import('./ErasurePage.vue'), meta: { title: '个人信息清理', parent: 'erasures' } },
  { path: '/privacy/retention', name: 'retention', component: () => import('./RetentionPage.vue'), meta: { title: '保存期限', parent: 'erasures' } },
  { path: '/privacy/holds', name: 'holds', component: () => import('./HoldsPage.vue'), meta: { title: '保全', parent: 'erasures' } },
  {
    path: '/privacy/acknowledgements', name: 'acknowledgements', component: () => import('./AcknowledgementsPage.vue'),
    meta: { title: '隐私政策阅读', menu: { group: 'manage', order: 95, icon: Reading, roles: guardians } },
  },
  { path: '/privacy/policy/:version', name: 'policy-version', component: () => import('./PolicyVersionPage.vue'), meta: { title: '隐私政策的一个版本' } },
  { path: '/privacy-policy', name: 'privacy-policy', component: () => import('./PolicyPage.vue'), meta: { title: '隐私政策', bare: true } },
  {
    path: '/account/personal', name: 'personal', component: () => import('./PersonalPage.vue'),
    meta: { title: '我的个人信息', menu: { group: 'work', order: 90, icon: User } },
  },
]
