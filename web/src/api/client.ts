import createClient from 'openapi-fetch'

import { networkProblem, problemOf } from './problem'
import { hex } from './random'
import { patiently } from './renewal'
import type { components, paths } from './schema'

export { randomKey } from './random'
export type Schemas = components['schemas']

/** Asked when a request met an ended session; resolves once somebody has signed in again,
 * rejects when they would rather not. Set by the session store. */
let signInAgain: (() => Promise<void>) | undefined
export function onSessionEnd(ask: () => Promise<void>): void {
  signInAgain = ask
}

/** Asked when what is wanted needs a fresh proof of who it is; resolves once it was given,
 * rejects when they would rather not. */
let proveAgain: (() => Promise<void>) | undefined
export function onProofWanted(ask: () => Promise<void>): void {
  proveAgain = ask
}

/** Asked when the 隐私政策 in force was not read yet; resolves once it was. */
let readPolicy: (() => Promise<void>) | undefined
export function onPolicyUnread(ask: () => Promise<void>): void {
  readPolicy = ask
}

const listeners = new Set<(online: boolean) => void>()
/** Tells of every request whether the server could be reached. */
export function onReachable(listen: (online: boolean) => void): () => void {
  listeners.add(listen)
  return () => listeners.delete(listen)
}

/** Instead of a cursor: not a page of the list is wanted but the address of its workbook,
 * which comes as a WorkbookAddress thrown. So every list that is read page by page can be
 * exported with the filters and the order it was read with. */
export const workbookCursor = 'workbook'

export class WorkbookAddress extends Error {
  constructor(readonly address: string) {
    super('address of a workbook')
  }
}

function catchWorkbook(request: Request): void {
  const url = new URL(request.url)
  if (url.searchParams.get('cursor') !== workbookCursor) return
  url.searchParams.delete('cursor')
  url.searchParams.delete('limit')
  url.searchParams.set('format', 'xlsx')
  throw new WorkbookAddress(url.pathname + url.search)
}

/** What changes the token of the session itself. */
const renewals = ['/api/v1/sessions/current/proof', '/api/v1/me/password', '/api/v1/sso/completion']

// Sends a request; when the session has ended, waits for a new one and sends it again, so
// that nothing that was typed is lost.
export async function send(request: Request): Promise<Response> {
  catchWorkbook(request)
  const again = request.clone()
  const informed = request.clone()
  const last = request.clone()
  const renewed = request.clone()
  const sends = [() => reach(request), () => reach(renewed)]
  let response = await patiently(() => sends.shift()!(), !renewals.some((own) => request.url.endsWith(own)))
  const expired = response.status === 401 && !['/api/v1/sessions', '/api/v1/sso/completion'].some((own) => request.url.endsWith(own))
  if (expired && signInAgain) {
    await signInAgain()
    response = await reach(again)
  }
  if (readPolicy && (await wants(response, 'privacy_notice'))) {
    await readPolicy()
    response = await reach(informed)
  }
  if (!proveAgain || !(await wants(response, 'step_up_required'))) return response
  await proveAgain()
  return reach(last)
}

async function wants(response: Response, code: string): Promise<boolean> {
  if (response.status !== 403) return false
  const problem = (await response.clone().json().catch(() => undefined)) as { code?: string } | undefined
  return problem?.code === code
}

async function reach(request: Request): Promise<Response> {
  request.headers.set('traceparent', traceparent())
  try {
    const response = await fetch(request)
    for (const listen of listeners) listen(true)
    return response
  } catch (e) {
    if (request.signal.aborted) throw e
    for (const listen of listeners) listen(false)
    throw networkProblem()
  }
}

export const client = createClient<paths>({ baseUrl: '/', fetch: send })

/** The body of a good answer; a Problem is thrown for any other. */
export async function unwrap<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) throw problemOf(error, response)
  return data as T
}

/** The beginning of a trace (W3C Trace Context). Whether it is recorded is the server's
 * choice. */
function traceparent(): string {
  return `00-${hex(16)}-${hex(8)}-00`
}
