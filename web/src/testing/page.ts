import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { vi } from 'vitest'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter, type RouteRecordRaw } from 'vue-router'

import type { Schemas } from '@/api/client'
import { useSession } from '@/session'

interface Sent {
  at: string
  query: Record<string, string>
  body: unknown
  key: string | null
}
type Answer = unknown | ((sent: Sent) => unknown)

/** Answered instead of a body: a refusal, or a line that is down. */
export class Refusal {
  constructor(readonly status: number, readonly code: string, readonly detail: string, readonly field?: string) {}
}
export const lost = Symbol('line lost')

/** A server in the test: answers by method and path without /api/v1, and keeps what was
 * sent. What it does not know is a 404; a Response is answered as it is. */
export function serve(answers: Record<string, Answer>) {
  const sent: Sent[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url)
    const at = `${request.method} ${url.pathname.replace('/api/v1', '')}`
    const text = await request.text()
    const one = { at, query: Object.fromEntries(url.searchParams), body: text ? (JSON.parse(text) as unknown) : undefined, key: request.headers.get('Idempotency-Key') }
    sent.push(one)
    const known = at in answers ? answers[at] : new Refusal(404, 'not_found', '找不到。')
    const body = typeof known === 'function' ? (known as (s: Sent) => unknown)(one) : known
    if (body === lost) throw new TypeError('failed to fetch')
    if (body instanceof Response) return body
    if (!(body instanceof Refusal)) return new Response(JSON.stringify(body), { status: 200, headers: { 'Content-Type': 'application/json' } })
    const problem = { type: 'about:blank', title: '没有办成', ...body }
    return new Response(JSON.stringify(problem), { status: body.status, headers: { 'Content-Type': 'application/problem+json' } })
  })
  return { sent, of: (at: string) => sent.filter((s) => s.at === at) }
}

/** Everything that is under way has come to its end, timers up to `ms` included. Needs
 * fake timers. */
export async function settle(ms = 0): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await vi.advanceTimersByTimeAsync(i === 0 ? ms : 1)
    await flushPromises()
  }
}

/** Where the page leads the browser out of the app: nowhere, and it is kept. */
export function leaving() {
  const go = vi.fn()
  vi.spyOn(window, 'location', 'get').mockReturnValue({ ...window.location, assign: go } as unknown as Location)
  return go
}

const none = { template: '<i />' }

/** Opens a page at an address, for somebody in a role; names of other pages lead nowhere. */
export async function open(page: Component, path: string, pattern: string, others: string[] = [], props: Record<string, unknown> = {}, role?: Schemas['Role']) {
  setActivePinia(createPinia())
  const grants = role ? [{ role, role_name: '', org: { id: 'o1', name: '天河区' } }] : []
  if (role) useSession().me = { id: 'me', login: 'me', name: '本人', grants } as unknown as Schemas['Me']
  const routes: RouteRecordRaw[] = [
    { path: pattern, name: 'page', component: none },
    ...others.map((name): RouteRecordRaw => ({ path: `/${name}/:a?/:b?`, name, component: none })),
    { path: '/:rest(.*)', component: none },
  ]
  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(path)
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always' } } })
  const wrapper = mount(page, { props, attachTo: document.body, global: { plugins: [router, [VueQueryPlugin, { queryClient }]] } })
  await settle()
  return { wrapper, router }
}
