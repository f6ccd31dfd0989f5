import { client, type Schemas, unwrap } from '@/api/client'
import { Problem } from '@/api/problem'

import { sendParts, type Transport } from './parts'
import { putPart } from './store'
import type { FileVersion, Progress, Step, Target } from './transfer'

/** Larger files come in parts and can be paused. */
export const large = 16 << 20

export type LargeUpload = Schemas['LargeUpload']

type At = Pick<LargeUpload, 'file_id' | 'n'>
const path = (u: At) => ({ path: { fileId: u.file_id, n: u.n } })

/** Asks for an upload in parts, or goes on with an unfinished one of the same file. */
export async function uploadLarge(file: File, to: Target, done: Progress, tell: (step: Step, share: number) => void, signal: AbortSignal): Promise<FileVersion> {
  if (!done.handedIn) {
    done.large = await start(file, to, done.sum!, signal)
    const up = done.large
    await sendParts(file, up, transport(up), (bytes) => tell('uploading', bytes / file.size), signal)
    tell('checking', 0)
    await complete(up, signal)
    done.handedIn = true
  }
  return checked(done.large!, tell, signal)
}

function start(file: File, to: Target, sum: string, signal: AbortSignal): Promise<LargeUpload> {
  return unwrap(client.POST('/api/v1/cases/{caseId}/uploads', {
    params: { path: { caseId: to.caseId } },
    body: { slot_kind: to.kind, slot_key: to.key, name: file.name, size: file.size, sha256: sum },
    signal,
  }))
}

function transport(up: LargeUpload): Transport {
  return {
    md5: async (part) => (await import('hash-wasm')).md5(new Uint8Array(await part.arrayBuffer())),
    grant: async (number, md5, signal) => {
      const list = await unwrap(client.POST('/api/v1/files/{fileId}/versions/{n}/parts', { params: path(up), body: { parts: [{ number, md5 }] }, signal }))
      return list.items[0]!
    },
    put: putPart,
    wait,
  }
}

function wait(attempt: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    if (!navigator.onLine) window.addEventListener('online', () => resolve(), { once: true })
    else setTimeout(resolve, 500 * 2 ** attempt)
  })
}

function complete(u: At, signal?: AbortSignal): Promise<FileVersion> {
  return unwrap(client.POST('/api/v1/files/{fileId}/versions/{n}/complete', { params: path(u), signal }))
}

/** Waits for the verdict of the check in the background. */
async function checked(up: At, tell: (step: Step, share: number) => void, signal: AbortSignal): Promise<FileVersion> {
  for (;;) {
    const now = await unwrap(client.GET('/api/v1/files/{fileId}/versions/{n}/upload', { params: path(up), signal }))
    if (now.state === 'rejected') throw new Problem({ status: 422, code: 'file_rejected', title: '没有通过检查', detail: now.reason ?? '' })
    if (now.state !== 'checking' && now.state !== 'uploaded') return complete(up, signal)
    tell('checking', now.checked_bytes / now.size)
    await wait(0, signal)
  }
}

/** Gives an unfinished upload up; the store forgets its parts. */
export async function giveUp(u: At): Promise<void> {
  await unwrap(client.DELETE('/api/v1/files/{fileId}/versions/{n}/upload', { params: path(u) }))
}
