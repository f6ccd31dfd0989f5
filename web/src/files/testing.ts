import { vi } from 'vitest'

/** The network as the upload code meets it: the API over fetch, the store over
 * XMLHttpRequest. Everything between is the real code. */
export class FakeNetwork {
  /** The API requests so far: method, path, body. */
  readonly calls: { method: string; path: string; body: unknown }[] = []
  readonly posts: FakePost[] = []
  /** What the API answers instead of the good answer, taken first in first out, by the last
   * part of the path. */
  readonly refusals: Record<string, { status: number; body: unknown }[]> = {}
  private files = 0

  install(): void {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below is made by `new`
    const network = this
    vi.stubGlobal('fetch', (request: Request) => network.answer(request))
    vi.stubGlobal('XMLHttpRequest', class extends FakePost {
      constructor() {
        super()
        network.posts.push(this)
      }
    })
  }

  private async answer(request: Request): Promise<Response> {
    request.signal.throwIfAborted()
    const path = new URL(request.url).pathname
    const text = await request.text()
    this.calls.push({ method: request.method, path, body: text ? JSON.parse(text) : undefined })
    const last = path.split('/').at(-1)!
    const refusal = this.refusals[last]?.shift()
    if (refusal) return json(refusal.status, refusal.body)
    if (last === 'files') {
      const id = `f${++this.files}`
      return json(201, { file_id: id, n: 1, slot_key: '5', url: `http://store/bucket/${id}`, fields: { key: `cases/${id}`, policy: 'p', 'x-amz-signature': 's' }, expires_at: '2026-11-21T01:00:00Z' })
    }
    if (last === 'complete') return json(200, { file_id: path.split('/')[4], n: 1, name: 'a.pdf', type: 'application/pdf', size: 3, sha256: 'x', state: 'checked', granted_at: '2026-11-21T00:00:00Z' })
    return json(404, { status: 404, code: 'not_found', title: '', detail: path })
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

export function refused(status: number, code: string, detail: string): { status: number; body: unknown } {
  return { status, body: { type: 'about:blank', status, code, title: '', detail } }
}

/** One form post to the store, answered by the test. */
export class FakePost {
  readonly upload: { onprogress?: (e: object) => void } = {}
  status = 0
  responseText = ''
  url = ''
  form?: FormData
  aborted = false
  onload?: () => void
  onerror?: () => void

  open(_method: string, url: string): void {
    this.url = url
  }

  send(form: FormData): void {
    this.form = form
  }

  abort(): void {
    this.aborted = true
  }

  progress(share: number): void {
    this.upload.onprogress?.({ lengthComputable: true, loaded: share * 100, total: 100 })
  }

  respond(status: number, text = ''): void {
    this.status = status
    this.responseText = text
    this.onload?.()
  }

  fail(): void {
    this.onerror?.()
  }
}
