import type { Schemas } from '@/api/client'
import { asProblem } from '@/api/problem'

/** How parts reach the store; the tests have one of their own. */
export interface Transport {
  /** The MD5 of a part in hex. */
  md5: (part: Blob) => Promise<string>
  grant: (number: number, md5: string, signal: AbortSignal) => Promise<Schemas['PartGrant']>
  put: (grant: Schemas['PartGrant'], part: Blob, progress: (bytes: number) => void, signal: AbortSignal) => Promise<void>
  /** Waits before a part is tried again, at least until the line is back. */
  wait: (attempt: number, signal: AbortSignal) => Promise<void>
}

export interface Plan {
  part_size: number
  part_count: number
  /** The parts that are there already. */
  parts: number[]
}

// At the same time: one alone leaves a long line half empty, many starve the rest of the page.
const lanes = 3
// Attempts at one part before the upload says that it failed.
const most = 6

/** Sends the parts of a file that are missing. `tell` gets the bytes that are there; the
 * plan learns what has arrived, so that a later call goes on from there. */
export async function sendParts(file: Blob, plan: Plan, by: Transport, tell: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  const there = new Set(plan.parts)
  const missing = Array.from({ length: plan.part_count }, (_, i) => i + 1).filter((n) => !there.has(n))
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const under = new Map<number, number>() // bytes of parts under way
  const part = (n: number) => file.slice((n - 1) * plan.part_size, Math.min(n * plan.part_size, file.size))
  const total = () => tell([...there].reduce((sum, n) => sum + part(n).size, 0) + [...under.values()].reduce((a, b) => a + b, 0))

  async function send(n: number): Promise<void> {
    const body = part(n)
    const sum = await by.md5(body)
    for (let attempt = 1; ; attempt++) {
      both.throwIfAborted()
      try {
        // A new address each time: the old one may be why it failed.
        const grant = await by.grant(n, sum, both)
        await by.put(grant, body, (bytes) => { under.set(n, bytes); total() }, both)
        under.delete(n)
        there.add(n)
        plan.parts.push(n)
        return total()
      } catch (e) {
        under.delete(n)
        if (both.aborted || attempt === most || !passing(e)) throw e
        total()
        await by.wait(attempt, both)
      }
    }
  }

  total()
  const run = async () => {
    for (let n = missing.shift(); n !== undefined; n = missing.shift()) await send(n)
  }
  const running = Array.from({ length: lanes }, run)
  try {
    await Promise.all(running)
  } catch (e) {
    stop.abort(e)
    await Promise.allSettled(running)
    throw e
  }
}

/** The line broke, or the store refused the part: what the API itself refuses is final. */
function passing(e: unknown): boolean {
  const p = asProblem(e)
  return p.status < 400 || p.status >= 500 || p.code.startsWith('store_')
}
