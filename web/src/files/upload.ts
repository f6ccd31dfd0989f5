import { client, type Schemas, unwrap } from '@/api/client'
import { asProblem } from '@/api/problem'

import { sha256 } from './hash'
import { large, uploadLarge } from './large'
import { forgetSum, knownSum, rememberSum } from './remember'
import { postForm } from './store'
import type { FileVersion, Progress, Step, Target } from './transfer'

/** Brings one file into its slot: hash it, ask for a grant, post it to the store, have it
 * checked. Throws a Problem in the server's words; a new attempt with the same `done` does
 * not repeat what was reached. */
export async function upload(file: File, to: Target, done: Progress, tell: (step: Step, share: number) => void, signal: AbortSignal): Promise<FileVersion> {
  tell('hashing', 0)
  const isLarge = file.size > large
  if (isLarge) done.sum ??= knownSum(file)
  done.sum ??= await sha256(file, (share) => tell('hashing', share), signal)
  if (isLarge) rememberSum(file, done.sum)
  try {
    if (isLarge) return await uploadLarge(file, to, done, tell, signal)
    done.grant ??= await ask(file, to, done.sum, signal)
    if (!done.posted) {
      tell('uploading', 0)
      await postForm(done.grant.url, done.grant.fields, file, (share) => tell('uploading', share), signal)
      done.posted = true
    }
    tell('checking', 1)
    return await complete(done.grant, signal)
  } catch (e) {
    const { status } = asProblem(e)
    // Refused for good, or the grant has ended: nothing of it is of use to a new attempt.
    // Its sum neither, for the file may have been changed since.
    if (status >= 400 && status < 500) {
      for (const k of ['sum', 'grant', 'posted', 'large', 'handedIn'] as const) delete done[k]
      forgetSum(file)
    }
    throw e
  }
}

function ask(file: File, to: Target, sum: string, signal: AbortSignal): Promise<Schemas['UploadGrant']> {
  return unwrap(client.POST('/api/v1/cases/{caseId}/files', {
    params: { path: { caseId: to.caseId } },
    body: { slot_kind: to.kind, slot_key: to.key, name: file.name, size: file.size, sha256: sum },
    signal,
  }))
}

function complete(grant: Schemas['UploadGrant'], signal: AbortSignal): Promise<FileVersion> {
  return unwrap(client.POST('/api/v1/files/{fileId}/versions/{n}/complete', {
    params: { path: { fileId: grant.file_id, n: grant.n } },
    signal,
  }))
}
