import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useBatch } from '@/batch/useBatch'
import type { Target } from '@/batch/judge'

const targets = Array.from({ length: 25 }, (_, i): Target => ({ key: `k${i}`, caseId: `c${i}`, school: `学校${i}` }))
/** The batches as they were sent. */
let sent: { key: string | null; ids: string[] }[]
let answer: (ids: string[]) => Response
/** Cases of which nothing can be urged. */
let hindered: string[]

function json(body: unknown): Response {
  return new Response(JSON.stringify(body), { status: 200, headers: { 'Content-Type': 'application/json' } })
}
function accepting(ids: string[], refused: string[] = []): Response {
  return json({ items: ids.map((id) => (refused.includes(id) ? { case_id: id, status: 'refused', message: '页面已过时' } : { case_id: id, status: 'accepted' })), accepted: 0, refused: 0, pending: 0 })
}

beforeEach(() => {
  setActivePinia(createPinia())
  sent = []
  hindered = []
  answer = (ids) => accepting(ids)
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url)
    if (request.method === 'GET') {
      const id = pathname.split('/').at(-1)!
      const actions = [{ kind: 'task.urge', visit: 3, allowed: !hindered.includes(id), reason: '今天已催办过。' }]
      return json({ id, stage: 'training', waits: [], actions })
    }
    const { items } = (await request.json()) as { items: { case_id: string }[] }
    const ids = items.map((i) => i.case_id)
    sent.push({ key: request.headers.get('Idempotency-Key'), ids })
    return answer(ids)
  })
})
afterEach(() => vi.unstubAllGlobals())

describe('useBatch', () => {
  it('sends what can be done in parts of twenty and tells why the rest cannot', async () => {
    hindered = ['c2', 'c9']
    const b = useBatch('task.urge')
    await b.check(targets)
    expect(b.ready.value).toHaveLength(23)
    expect(b.hindered.value.map((h) => [h.target.key, h.reason])).toEqual([['k2', '今天已催办过。'], ['k9', '今天已催办过。']])
    await b.run({ comment: '请办理' })
    expect(sent.map((s) => s.ids.length)).toEqual([20, 3])
    expect(b.outcomes.value.every((o) => o.status === 'accepted')).toBe(true)
    expect(b.phase.value).toBe('done')
  })

  it('tries again only what was refused', async () => {
    answer = (ids) => accepting(ids, ['c4'])
    const b = useBatch('task.urge')
    await b.check(targets.slice(0, 6))
    await b.run({})
    expect(b.failed.value.map((o) => [o.target.key, o.message])).toEqual([['k4', '页面已过时']])
    answer = (ids) => accepting(ids)
    await b.retry({})
    expect(sent.at(-1)!.ids).toEqual(['c4'])
    expect(b.failed.value).toEqual([])
    expect(b.outcomes.value).toHaveLength(6)
  })

  it('sends a request whose answer was lost again under the same key', async () => {
    answer = () => { throw new TypeError('failed') }
    const b = useBatch('task.urge')
    await b.check(targets.slice(0, 2))
    await b.run({})
    expect(b.outcomes.value.map((o) => o.status)).toEqual(['lost', 'lost'])
    answer = (ids) => accepting(ids)
    await b.retry({})
    await flushPromises()
    expect(sent[1]).toEqual(sent[0])
    expect(b.outcomes.value.map((o) => o.status)).toEqual(['accepted', 'accepted'])
  })
})
