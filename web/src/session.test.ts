import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'

import type { Schemas } from '@/api/client'
import { useAutosave, useLocalDraft } from '@/lib/draft'
import { unsent } from '@/lib/leftovers'
import { useSession } from '@/session'

const somebody = (id: string) => ({ id, login: id, name: id, grants: [] }) as unknown as Schemas['Me']
const drafts = () => Object.keys(localStorage).filter((k) => k.startsWith('zx.draft.'))

beforeEach(() => {
  setActivePinia(createPinia())
  localStorage.clear()
  sessionStorage.clear()
})
afterEach(() => vi.unstubAllGlobals())

/** Somebody signed in who has typed an opinion and not sent it. */
async function typing(id = 'a') {
  const session = useSession()
  session.resumeAs(somebody(id))
  const words = ref('')
  effectScope().run(() => useLocalDraft('opinion', words))
  words.value = '不同意'
  await nextTick()
  localStorage.setItem('zx.theme', 'dark')
  localStorage.setItem('zx.sums', '{"名单.xlsx|1|1":"x"}')
  sessionStorage.setItem('zx.pending', '[{"caseId":"c"}]')
  return session
}

const answer = (status: number, body?: unknown) => vi.stubGlobal('fetch', async () => new Response(body === undefined ? null : JSON.stringify(body), { status }))

test('who signs out leaves nothing behind but how the page looks', async () => {
  const session = await typing()
  expect(unsent('a')).toBe(1)
  answer(204)
  await session.logout()
  expect(Object.keys(localStorage)).toEqual(['zx.theme'])
  expect(sessionStorage.length).toBe(0)
})

test('a session that ended while no page was open leaves nothing either', async () => {
  await typing()
  setActivePinia(createPinia()) // the page is opened anew
  answer(401)
  await useSession().load()
  expect(Object.keys(localStorage)).toEqual(['zx.theme'])
  expect(sessionStorage.length).toBe(0)
})

test('while somebody is asked to sign in again their drafts are not in the browser, and are theirs again afterwards', async () => {
  const session = await typing()
  session.ended = true
  expect(drafts()).toEqual([])
  session.resumeAs(somebody('a'))
  expect(drafts()).toEqual(['zx.draft.a.opinion'])
  expect(localStorage.getItem('zx.draft.a.opinion')).toBe('"不同意"')
})

test('another account finds nothing of the one before, and nothing is sent in its name', async () => {
  const session = await typing()
  const saved: string[] = []
  const text = ref('')
  const auto = effectScope().run(() => useAutosave('plan', text, async (v) => saved.push(v)))!
  auto.loaded('')
  text.value = '甲的'
  await nextTick()
  session.ended = true
  session.resumeAs(somebody('b'))
  expect(drafts()).toEqual([])
  expect(await auto.flush()).toBe(false)
  expect(saved).toEqual([])
  const words = ref('')
  effectScope().run(() => useLocalDraft('opinion', words))
  expect(words.value).toBe('')
})

test('what is left of somebody else goes at the next sign-in', async () => {
  localStorage.setItem('zx.draft.b.opinion', '"乙的"')
  localStorage.setItem('zx.draft.a.opinion', '"甲的"')
  localStorage.setItem('zx.known', '1')
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(somebody('a')), { status: 200 }))
  await useSession().load()
  expect(drafts()).toEqual(['zx.draft.a.opinion'])
})
