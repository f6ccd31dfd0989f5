import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { usePending } from '@/api/actions'
import type { Schemas } from '@/api/client'
import LegalAction from '@/components/LegalAction.vue'

type Action = Schemas['LegalAction']

function view(...actions: Partial<Action>[]): Schemas['CaseView'] {
  const base = { kind: 'diagnosis.submit', name: '提交诊断', visit: 2, role: 'principal', allowed: true } as const
  return { id: 'case-1', actions: actions.map((a) => ({ ...base, ...a })) } as unknown as Schemas['CaseView']
}
function json(status: number, body: unknown): Response {
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } })
}
const refusal = { type: 'about:blank', title: '冲突', status: 409, code: 'stale', detail: '页面已过时，请核对后再办理。' }
const accepted = { action_id: 'a1', href: '/api/v1/actions/a1', message: '已受理，正在办理。' }

/** The line: each request as it was sent, and what comes back. */
let sent: Request[]
let answers: (() => Response | Promise<Response>)[]

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
  sent = []
  answers = []
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(request)
    return (answers.shift() ?? (() => json(200, {})))()
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  sessionStorage.clear()
})

function show(v: Schemas['CaseView']) {
  return mount(LegalAction, { props: { view: v, kind: 'diagnosis.submit', body: { comment: '好' } } })
}

describe('LegalAction', () => {
  it('is absent when the action is not this person\'s', () => {
    expect(show(view()).find('button').exists()).toBe(false)
  })

  it('is disabled and says why when it is not possible now', () => {
    const w = show(view({ allowed: false, code: 'diagnosis_incomplete', reason: '诊断报告尚不完整。' }))
    expect(w.get('button').attributes('disabled')).toBeDefined()
    expect(w.text()).toContain('诊断报告尚不完整。')
  })

  it('sends what goes with it, with the visit that was seen', async () => {
    answers = [() => json(200, { action_id: 'a1', status: 'accepted', seq: 3, case: {} })]
    const w = show(view({}))
    await w.get('button').trigger('click')
    await flushPromises()
    expect(sent).toHaveLength(1)
    expect(new URL(sent[0]!.url).pathname).toBe('/api/v1/cases/case-1/actions/diagnosis.submit')
    expect(await sent[0]!.json()).toEqual({ visit: 2, comment: '好' })
    expect(sent[0]!.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/)
    expect(w.emitted('done')).toHaveLength(1)
  })

  it('shows the server\'s words and code when it is refused', async () => {
    answers = [() => json(409, refusal)]
    const w = show(view({}))
    await w.get('button').trigger('click')
    await flushPromises()
    expect(w.get('[role=alert]').text()).toContain(refusal.detail)
    expect(w.get('[role=alert]').text()).toContain('stale')
    expect(w.emitted('done')).toBeUndefined()
  })

  it('sends a request whose answer was lost again under the same key, another under a new one', async () => {
    answers = [() => Promise.reject(new TypeError('failed')), () => json(409, refusal), () => json(409, refusal)]
    const w = show(view({}))
    for (let i = 0; i < 3; i++) {
      await w.get('button').trigger('click')
      await flushPromises()
    }
    const keys = sent.map((r) => r.headers.get('Idempotency-Key'))
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
  })

  it('shows 已受理 until the action is decided, then is done', async () => {
    const status = { action_id: 'a1', case_id: 'case-1', kind: 'diagnosis.submit', received_at: '' }
    answers = [() => json(202, accepted), () => json(200, { ...status, status: 'pending' }), () => json(200, { ...status, status: 'accepted' })]
    const w = show(view({}))
    await w.get('button').trigger('click')
    await flushPromises()
    expect(w.get('[role=status]').text()).toContain('已受理')
    expect(JSON.parse(sessionStorage.getItem('zx.pending') ?? '[]')).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2000)
    await flushPromises()
    expect(w.find('[role=status]').exists()).toBe(false)
    expect(w.emitted('done')).toHaveLength(1)
    expect(usePending().items).toHaveLength(0)
  })

  it('shows at the button why an accepted action was refused in the end', async () => {
    answers = [() => json(202, accepted), () => json(200, { action_id: 'a1', case_id: 'case-1', kind: 'diagnosis.submit', received_at: '', status: 'refused', code: 'stale', message: refusal.detail })]
    const w = show(view({}))
    await w.get('button').trigger('click')
    await flushPromises()
    await vi.advanceTimersByTimeAsync(1000)
    await flushPromises()
    expect(w.get('[role=alert]').text()).toContain(refusal.detail)
    expect(usePending().refused).toHaveLength(0)
  })
})
