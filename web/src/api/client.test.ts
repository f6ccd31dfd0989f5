import { afterEach, expect, it, vi } from 'vitest'

import { client } from '@/api/client'

afterEach(() => vi.unstubAllGlobals())

it('begins a trace of its own with each request, and leaves it to the server to record it', async () => {
  const traces: (string | null)[] = []
  vi.stubGlobal('fetch', async (r: Request) => {
    traces.push(r.headers.get('traceparent'))
    return Response.json({})
  })
  await client.GET('/api/v1/me')
  await client.GET('/api/v1/me')
  for (const trace of traces) expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  expect(new Set(traces).size).toBe(2)
})
