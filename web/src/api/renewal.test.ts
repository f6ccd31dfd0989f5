import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { client } from '@/api/client'
import { renewing } from '@/api/renewal'
import { useSession } from '@/session'

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
})
afterEach(() => vi.unstubAllGlobals())

const over = () => new Response(JSON.stringify({ code: 'unauthenticated', status: 401, title: '请先登录' }), { status: 401, headers: { 'Content-Type': 'application/problem+json' } })

/** A server that knows the token of now, and a browser that gets it only with the answer. */
function world() {
  let known = 'first'
  let cookie = 'first'
  const sent: string[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(new URL(request.url).pathname)
    return cookie === known ? Response.json({}) : over()
  })
  return {
    sent,
    /** The server has changed it; what it returns has the answer arrive. */
    change: () => { known = 'second'; return () => { cookie = known } },
  }
}

test('what was on its way while the token changed is sent again, and nobody is asked to sign in', async () => {
  const { sent, change } = world()
  const session = useSession()
  let answered!: () => void
  const proof = renewing(async () => {
    const arrive = change()
    await new Promise<void>((resolve) => { answered = () => { arrive(); resolve() } })
  })
  const list = client.GET('/api/v1/tasks')
  await vi.waitFor(() => expect(sent).toHaveLength(1))
  answered()
  await proof
  expect((await list).response.status).toBe(200)
  expect(sent).toEqual(['/api/v1/tasks', '/api/v1/tasks'])
  expect(session.ended).toBe(false)
})

test('so is what left before it changed and was refused after it', async () => {
  const { sent, change } = world()
  const arrive = change()
  const refusal = vi.fn(fetch)
  let late!: () => void
  vi.stubGlobal('fetch', async (request: Request) => {
    const answer = await refusal(request)
    if (sent.length === 1) await new Promise<void>((resolve) => { late = resolve })
    return answer
  })
  const list = client.GET('/api/v1/tasks')
  await vi.waitFor(() => expect(late).toBeDefined())
  await renewing(async () => arrive())
  late()
  expect((await list).response.status).toBe(200)
  expect(sent).toHaveLength(2)
})

test.each([
  ['nothing changed', async () => undefined],
  ['somebody signed in, who may be somebody else', () => renewing(async () => undefined, () => false)],
  ['a proof was refused', () => renewing(() => Promise.reject(new Error('no'))).catch(() => undefined)],
  ['a tab was closed over a proof', async () => localStorage.setItem('zx.renewal', JSON.stringify({ open: 'x', since: Date.now() - 60_000 }))],
])('a session that is over is over: %s', async (_, meanwhile) => {
  const { sent, change } = world()
  change()
  const list = client.GET('/api/v1/tasks')
  await meanwhile()
  await expect(list).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(sent).toHaveLength(1)
})
