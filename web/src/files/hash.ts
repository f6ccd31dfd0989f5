import { Problem } from '@/api/problem'

import type { Answer } from './hash.worker'

/** The SHA-256 of a file in hex, computed beside the page so that typing stays smooth.
 * Aborting rejects with the signal's reason. */
export async function sha256(file: Blob, progress: (share: number) => void, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted()
  if (typeof Worker === 'undefined') {
    const { digest } = await import('./digest')
    return digest(file, progress)
  }
  const worker = new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' })
  try {
    return await ask(worker, file, progress, signal)
  } finally {
    worker.terminate()
  }
}

function ask(worker: Worker, file: Blob, progress: (share: number) => void, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    worker.onerror = (e) => reject(unreadable(e.message))
    worker.onmessage = (e: MessageEvent<Answer>) => {
      if ('share' in e.data) progress(e.data.share)
      else if ('sum' in e.data) resolve(e.data.sum)
      else reject(unreadable(e.data.failed))
    }
    worker.postMessage(file)
  })
}

function unreadable(why: string): Problem {
  return new Problem({
    status: -1, code: 'file_unreadable', title: '无法读取文件',
    detail: `无法读取文件，它可能已被移动、修改或正被其他程序占用。请重新选择文件。（${why}）`,
  })
}
