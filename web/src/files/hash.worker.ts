import { digest } from './digest'

/** What the worker answers: how far it is, then the sum or why there is none. */
export type Answer = { share: number } | { sum: string } | { failed: string }

const answer = (a: Answer) => self.postMessage(a)

self.onmessage = (e: MessageEvent<Blob>) => {
  digest(e.data, (share) => answer({ share }))
    .then((sum) => answer({ sum }))
    .catch((error: unknown) => answer({ failed: String(error) }))
}
