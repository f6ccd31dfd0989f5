import { afterEach, describe, expect, it, vi } from 'vitest'
import { ref } from 'vue'

import type { Schemas } from '@/api/client'

import { chunks, type Line, parse, said } from './schedule'
import { useSchedule } from './useSchedule'

describe('lines of a schedule', () => {
  it.each<[string, [string, string][]]>([
    ['0101\t2601\n0102\t2602', [['0101', '2601'], ['0102', '2602']]],
    ['0101，2601\r\n\r\n  0102 ; 2602', [['0101', '2601'], ['0102', '2602']]],
    ['0101\n0102 2602', [['0101', 'own'], ['0102', '2602']]],
    ['学校代码,批次代码,学校\n"0101","2601",第一小学', [['0101', '2601']]],
    ["'0101,'2601", [['0101', '2601']]],
    [' \n', []],
  ])('%j', (text, want) => {
    const got = parse(text, 'own', 7)
    expect(got.map((l) => [l.school, l.cohort])).toEqual(want)
    expect(got.map((l) => l.id)).toEqual(want.map((_, i) => 7 + i))
  })
})

describe('what is said of a line', () => {
  it('tells what was tried from what was done', () => {
    const o = { school: 'a', cohort: 'b', outcome: 'added' as const }
    expect(said({ ...o, done: false }).text).toBe('可以排入')
    expect(said({ ...o, done: true }).text).toBe('已排入')
  })
})

describe('a schedule', () => {
  afterEach(() => vi.unstubAllGlobals())

  // Refuses the school "x"; the request numbered `broken` meets no server.
  function serve(broken = -1): { bodies: Schemas['Schedule'][] } {
    const bodies: Schemas['Schedule'][] = []
    vi.stubGlobal('fetch', async (request: Request) => {
      const body = (await request.json()) as Schemas['Schedule']
      if (bodies.push(body) - 1 === broken) throw new TypeError('no line')
      const rows = body.rows.map((r) => ({ ...r, outcome: r.school === 'x' ? 'refused' : 'added', ...(r.school === 'x' && { reason: '没有这个代码' }) }))
      return Response.json({ added: 0, same: 0, refused: 0, rows })
    })
    return { bodies }
  }
  const many = (n: number): Line[] => Array.from({ length: n }, (_, i) => ({ id: i, school: `s${i}`, cohort: 'c' }))

  it('is tried whole, then sends only what can be done, part by part', async () => {
    const { bodies } = serve()
    const s = useSchedule(ref<Line[]>([...many(250), { id: 900, school: 'x', cohort: 'c' }]))
    await s.tryAll()
    expect([s.tried.value, s.counts.value]).toEqual([true, { ready: 250, done: 0, same: 0, refused: 1 }])
    await s.run()
    expect(bodies.map((b) => [b.dry, b.rows.length])).toEqual([[true, 251], [false, 200], [false, 50]])
    expect(s.counts.value).toEqual({ ready: 0, done: 250, same: 0, refused: 1 })
  })

  it('goes on after an interruption with what is left', async () => {
    const { bodies } = serve(2)
    const s = useSchedule(ref(many(250)))
    await s.tryAll()
    await s.run()
    expect(s.problem.value?.offline).toBe(true)
    expect(s.counts.value).toMatchObject({ ready: 50, done: 200 })
    await s.run()
    expect(bodies.at(-1)!.rows).toHaveLength(50)
    expect([s.problem.value, s.counts.value.done]).toEqual([undefined, 250])
  })

  it('forgets what was said of a line that is changed', async () => {
    serve()
    const s = useSchedule(ref(many(2)))
    await s.tryAll()
    s.forget(1)
    expect([s.tried.value, s.ready.value.map((l) => l.id)]).toEqual([false, [0]])
  })
})

describe('chunks', () => {
  it('hold no more than their size', () => expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]))
})
