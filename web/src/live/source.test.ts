import { beforeEach, describe, expect, it, vi } from 'vitest'

import { Exchange } from '@/live/exchange'
import { type Note, Source, type World } from '@/live/source'

class FakeStream extends EventTarget {
  static opened: FakeStream[] = []
  readyState = 0
  constructor(readonly url: string) {
    super()
    FakeStream.opened.push(this)
  }

  close(): void {
    this.readyState = 2
  }

  open(): void {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  say(name: string, id: string, data: unknown = {}): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data), lastEventId: id }))
  }

  /** The line broke; `refused` when the server answered without a stream. */
  fail(refused = false): void {
    this.readyState = refused ? 2 : 0
    this.dispatchEvent(new Event('error'))
  }
}

let signedIn = vi.fn<() => Promise<boolean>>()
let world: World
let notes: Note[]
const latest = () => FakeStream.opened.at(-1)!
const open = () => FakeStream.opened.filter((s) => s.readyState !== 2)

beforeEach(() => {
  vi.useFakeTimers()
  FakeStream.opened = []
  notes = []
  signedIn = vi.fn(() => Promise.resolve(true))
  world = { open: (url) => new FakeStream(url) as unknown as EventSource, signedIn, random: () => 0.5 }
  return () => vi.useRealTimers()
})

describe('Source', () => {
  it('passes on what changed, and that it is live', () => {
    const s = new Source((n) => notes.push(n), world)
    s.start('u1')
    latest().open()
    latest().say('hello', '7')
    latest().say('change', '8', { topic: 'case', case_id: 'c1' })
    expect(notes).toEqual([
      { kind: 'state', live: true }, { kind: 'fresh' }, { kind: 'change', change: { topic: 'case', case_id: 'c1' } },
    ])
  })

  it('resumes where it was, more slowly each time', async () => {
    const s = new Source((n) => notes.push(n), world)
    s.start('u1')
    latest().open()
    latest().say('change', '41', { topic: 'tasks' })
    for (const delay of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      latest().fail()
      const before = FakeStream.opened.length
      await vi.advanceTimersByTimeAsync(delay - 1)
      expect(FakeStream.opened).toHaveLength(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(FakeStream.opened).toHaveLength(before + 1)
      expect(latest().url).toBe('/api/v1/live?after=41')
    }
    latest().open()
    latest().fail()
    await vi.advanceTimersByTimeAsync(1000)
    expect(open()).toHaveLength(1) // patient no longer than needed
    expect(signedIn).not.toHaveBeenCalled()
  })

  it('says that it is not live after a while only', async () => {
    const s = new Source((n) => notes.push(n), world)
    s.start('u1')
    latest().open()
    latest().fail()
    await vi.advanceTimersByTimeAsync(1000)
    latest().open()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(notes).toEqual([{ kind: 'state', live: true }])
    latest().fail()
    await vi.advanceTimersByTimeAsync(3000)
    expect(notes.at(-1)).toEqual({ kind: 'state', live: false })
  })

  it('asks once whether the session ended, and rests', async () => {
    signedIn.mockResolvedValue(false)
    const s = new Source((n) => notes.push(n), world)
    s.start('u1')
    latest().fail(true)
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(signedIn).toHaveBeenCalledOnce()
    expect(FakeStream.opened).toHaveLength(1)
    expect(notes).toEqual([{ kind: 'ended' }])
    s.start('u1')
    expect(FakeStream.opened).toHaveLength(2)
  })

  it('goes on when a refusal was not about the session', async () => {
    const s = new Source((n) => notes.push(n), world)
    s.start('u1')
    latest().fail(true)
    await vi.advanceTimersByTimeAsync(1000)
    expect(open()).toHaveLength(1)
  })

  it('begins anew for another person', () => {
    const s = new Source((n) => notes.push(n), world)
    s.start('u1')
    latest().open()
    latest().say('hello', '5')
    s.start('u1')
    expect(FakeStream.opened).toHaveLength(1)
    s.start('u2')
    expect(open().map((o) => o.url)).toEqual(['/api/v1/live'])
  })

  it('is woken at once when the line is back', async () => {
    const s = new Source((n) => notes.push(n), world)
    s.wake()
    expect(FakeStream.opened).toHaveLength(0)
    s.start('u1')
    latest().fail()
    s.wake()
    expect(open()).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(FakeStream.opened).toHaveLength(2)
  })
})

describe('Exchange', () => {
  it('holds one stream for all pages and none without', () => {
    const heard: Note[][] = [[], []]
    const [a, b] = heard.map((h) => ({ postMessage: (n: Note) => void h.push(n) }))
    const x = new Exchange(world)
    x.take(a!, { kind: 'listen', user: 'u1' })
    latest().open()
    x.take(b!, { kind: 'listen', user: 'u1' })
    latest().say('change', '1', { topic: 'alarm' })
    expect(FakeStream.opened).toHaveLength(1)
    expect(heard[0]).toEqual([{ kind: 'state', live: true }, { kind: 'change', change: { topic: 'alarm' } }])
    expect(heard[1]).toEqual([{ kind: 'state', live: true }, { kind: 'fresh' }, { kind: 'change', change: { topic: 'alarm' } }])
    x.take(a!, { kind: 'leave' })
    expect(open()).toHaveLength(1)
    x.take(b!, { kind: 'leave' })
    expect(open()).toHaveLength(0)
  })
})
