import { createSHA256 } from 'hash-wasm'

const piece = 4 << 20 // bytes read at a time

/** The SHA-256 of a file, read in pieces: crypto.subtle is missing on plain http and wants
 * everything in memory. */
export async function digest(file: Blob, progress: (share: number) => void): Promise<string> {
  const hash = await createSHA256()
  for (let at = 0; at < file.size; at += piece) {
    hash.update(new Uint8Array(await file.slice(at, at + piece).arrayBuffer()))
    progress(Math.min((at + piece) / file.size, 1))
  }
  return hash.digest('hex')
}
