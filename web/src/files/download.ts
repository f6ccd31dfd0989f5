import { client, type Schemas, unwrap } from '@/api/client'
import { networkProblem, Problem } from '@/api/problem'

/** The version of a file that is meant; all that a viewer needs to know. */
export interface FileKey {
  file_id: string
  n: number
  name: string
  size?: number
}

/** A short-lived address of exactly that version. */
export function address(file: FileKey, disposition: 'inline' | 'attachment'): Promise<Schemas['Download']> {
  return unwrap(client.GET('/api/v1/files/{fileId}/versions/{n}/download', {
    params: { path: { fileId: file.file_id, n: file.n }, query: { disposition } },
  }))
}

/** Saves a file as the browser saves files. */
export async function save(file: FileKey): Promise<void> {
  const { url, name } = await address(file, 'attachment')
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.rel = 'noopener'
  a.click()
}

/** Reads a file's bytes from the store. `progress` gets 0 to 1 where the length is known. */
export async function read(url: string, size: number | undefined, progress: (share: number) => void, signal: AbortSignal): Promise<Blob> {
  const response = await fetch(url, { signal, credentials: 'omit' }).catch((e: unknown) => {
    if (signal.aborted) throw e
    throw networkProblem()
  })
  if (!response.ok || !response.body) throw storeProblem(response.status)
  return watched(response, progress, size)
}

/** Reads an answer to its end and says how far it is, where its length is known. */
export async function watched(response: Response, progress: (share: number) => void, size?: number): Promise<Blob> {
  const total = size ?? Number(response.headers.get('Content-Length') ?? 0)
  const parts: BlobPart[] = []
  let have = 0
  for (const reader = response.body!.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) return new Blob(parts)
    parts.push(value)
    have += value.length
    if (total > 0) progress(Math.min(have / total, 1))
  }
}

function storeProblem(status: number): Problem {
  return new Problem({
    status, code: 'store_read', title: '没有读到文件',
    detail: '文件存储没有给出文件，地址可能已经过期。请重试；如果一直如此，请把此代码告诉系统管理员。',
  })
}
