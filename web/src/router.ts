import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

import { learners } from '@/lib/roles'
import { useSession } from '@/session'
import { onMissingPart } from '@/shell/freshen'

// Each folder of pages/ declares its routes; a new area is a new folder.
const areas = import.meta.glob<{ routes: RouteRecordRaw[] }>('./pages/*/routes.ts', { eager: true })

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? undefined : { top: 0 }),
  routes: [
    { path: '/', name: 'home', redirect: () => ({ name: home() }) },
    ...Object.values(areas).flatMap((a) => a.routes),
    { path: '/:rest(.*)*', name: 'missing', component: () => import('@/shell/MissingPage.vue'), meta: { title: '没有这个页面' } },
  ],
})

// Work comes to the person: teachers land on their own study, everybody else on the inbox.
function home(): string {
  const session = useSession()
  const role = session.role
  return role && learners.includes(role) && router.hasRoute('study') ? 'study' : 'inbox'
}

router.beforeEach(async (to) => {
  if (to.meta.bare) return true
  const session = useSession()
  if (!session.me) await session.load().catch(() => undefined)
  if (!session.me) return { name: 'login', query: to.path === '/' ? {} : { to: to.fullPath } }
  if (session.me.must_change && to.name !== 'password') return { name: 'password', query: { to: to.fullPath } }
  if (!session.me.must_change && session.me.second_factor_setup && to.name !== 'account') return { name: 'account' }
  return true
})

router.afterEach((to) => {
  document.title = to.meta.title ? `${to.meta.title} · 整校推进` : '整校推进'
})

router.onError((e, to) => onMissingPart(e, to.fullPath))
