import { describe, expect, it, vi } from 'vitest'

import type { Schemas } from '@/api/client'
import { Problem } from '@/api/problem'

import { type Plan, sendParts, type Transport } from './parts'

/** Parts of 4 bytes; the test says how each attempt ends. */
class Line implements Transport {
  puts: { n: number; size: number; end: (e?: unknown) => void; progress: (bytes: number) => void }[] = []
  waits: number[] = []
  refusal?: Problem
  md5 = () => Promise.resolve('00')
  grant = (number: number, _md5: string, signal: AbortSignal): Promise<Schemas['PartGrant']> => {
    signal.throwIfAborted()
    if (this.refusal) return Promise.reject(this.refusal)
    return Promise.resolve({ number, size: 4, url: '', headers: {} })
  }
  put = (grant: Schemas['PartGrant'], part: Blob, progress: (bytes: number) => void, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
      this.puts.push({ n: grant.number, size: part.size, progress, end: (e) => (e ? reject(e as Error) : resolve()) })
    })
  wait = (attempt: number) => {
    this.waits.push(attempt)
    return Promise.resolve()
  }
  async at(n: number) {
    await vi.waitFor(() => expect(this.puts.length).toBeGreaterThanOrEqual(n))
    return this.puts[n - 1]!
  }
}

const broken = new Problem({ status: 0, code: 'store_network', title: '', detail: '' })
const file = new Blob(['0123456789abcdefghi']) // 19 bytes, 5 parts
const fresh = (): Plan => ({ part_size: 4, part_count: 5, parts: [] })

describe('sendParts', () => {
  it('keeps three under way and tells the bytes that are there', async () => {
    const line = new Line()
    const told: number[] = []
    const done = sendParts(file, fresh(), line, (b) => told.push(b), new AbortController().signal)
    await line.at(3)
    expect(line.puts.map((p) => p.n)).toEqual([1, 2, 3])
    line.puts[0]!.progress(2)
    expect(told.at(-1)).toBe(2)
    line.puts[0]!.end()
    await line.at(4)
    expect(told.at(-1)).toBe(4)
    line.puts[1]!.end()
    expect((await line.at(5)).size).toBe(3)
    for (const p of line.puts) p.end()
    await done
    expect(told.at(-1)).toBe(19)
  })

  it('sends only what is missing', async () => {
    const line = new Line()
    const done = sendParts(file, { ...fresh(), parts: [1, 2, 4] }, line, () => undefined, new AbortController().signal)
    await line.at(2)
    expect(line.puts.map((p) => p.n)).toEqual([3, 5])
    for (const p of line.puts) p.end()
    await done
  })

  it('tries a part again when the line broke, and then gives up', async () => {
    const line = new Line()
    const plan = { ...fresh(), parts: [1, 2, 3, 4] }
    const done = sendParts(file, plan, line, () => undefined, new AbortController().signal)
    ;(await line.at(1)).end(broken)
    ;(await line.at(2)).end()
    await done
    expect(line.waits).toEqual([1])
    expect(plan.parts).toContain(5)

    const bad = new Line()
    const failed = expect(sendParts(file, { ...fresh(), parts: [1, 2, 3, 4] }, bad, () => undefined, new AbortController().signal)).rejects.toBe(broken)
    for (let i = 1; i <= 6; i++) (await bad.at(i)).end(broken)
    await failed
  })

  it('ends at once with the words of the API', async () => {
    const line = new Line()
    line.refusal = new Problem({ status: 409, code: 'upload_expired', title: '', detail: '上传授权已过期。' })
    await expect(sendParts(file, fresh(), line, () => undefined, new AbortController().signal)).rejects.toBe(line.refusal)
    expect(line.waits).toEqual([])
  })

  it('stops when paused and goes on from what had arrived', async () => {
    const plan = fresh()
    const line = new Line()
    const pause = new AbortController()
    const done = sendParts(file, plan, line, () => undefined, pause.signal)
    await line.at(3)
    line.puts[1]!.end()
    await line.at(4)
    pause.abort()
    await expect(done).rejects.toBeDefined()
    expect(plan.parts).toEqual([2])
    const again = new Line()
    const rest = sendParts(file, plan, again, () => undefined, new AbortController().signal)
    for (let i = 1; i <= 4; i++) (await again.at(i)).end()
    await rest
    expect(plan.parts.toSorted()).toEqual([1, 2, 3, 4, 5])
  })
})
