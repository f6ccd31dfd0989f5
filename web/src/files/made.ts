import { send } from '@/api/client'
import { problemOf } from '@/api/problem'

import { watched } from './download'

/** A file that the server makes when it is asked for. */
export interface MadeFile {
  blob: Blob
  name: string
}

/** Gets a file from an address of the API; a Problem is thrown when there is none. `progress` gets 0 to 1. */
export async function fetchMade(address: string, progress?: (share: number) => void): Promise<MadeFile> {
  const response = await send(new Request(new URL(address, location.href)))
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response)
  return { blob: progress ? await watched(response, progress) : await response.blob(), name: nameOf(response.headers.get('Content-Disposition')) }
}

/** The name that a Content-Disposition gives in full (RFC 8187). */
export function nameOf(disposition: string | null): string {
  const full = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1]
  return full ? decodeURIComponent(full) : 'download'
}

/** Saves it as the browser saves files. */
export function hand(file: MadeFile): void {
  const url = URL.createObjectURL(file.blob)
  const a = document.createElement('a')
  a.href = url
  a.download = file.name
  a.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
