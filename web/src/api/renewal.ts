import { randomKey } from '@/api/random'

// A proof gives the session another token, and every tab of the browser the cookie of it. What
// is on its way with the one before is refused: by this mark, which all tabs see, they know
// that it may be sent again. It is not for signing in, after which it may be somebody else.
const key = 'zx.renewal'
/** Nobody waits for longer for a tab that may have been closed. */
const patience = 15_000
const look = 50

interface Mark {
  /** The last change. */
  done?: string
  /** One under way, and since when. */
  open?: string
  since?: number
}

function read(): Mark {
  return JSON.parse(localStorage.getItem(key) ?? '{}') as Mark
}

/** Asks for what changes the token of the session, if `changed` says so of the answer. */
export async function renewing<T>(ask: () => Promise<T>, changed: (answer: T) => boolean = () => true): Promise<T> {
  const open = randomKey()
  localStorage.setItem(key, JSON.stringify({ ...read(), open, since: Date.now() }))
  let done: string | undefined
  try {
    const answer = await ask()
    if (changed(answer)) done = open
    return answer
  } finally {
    const mark = read()
    const others = mark.open === open ? {} : { open: mark.open, since: mark.since }
    localStorage.setItem(key, JSON.stringify({ done: done ?? mark.done, ...others }))
  }
}

/** By what one knows later whether there was another. */
export function lastChange(): string | undefined {
  return read().done
}

/** Whether the token has changed; one that is about to is waited for. */
export async function changedSince(last: string | undefined): Promise<boolean> {
  while (Date.now() - (read().since ?? 0) < patience) await new Promise((resolve) => setTimeout(resolve, look))
  return lastChange() !== last
}

/** Asks, and once more when the answer is that nobody is signed in and the token has changed
 * meanwhile. `waits` is false for what changes it itself. */
export async function patiently(ask: () => Promise<Response>, waits = true): Promise<Response> {
  const before = lastChange()
  const response = await ask()
  if (response.status !== 401 || !waits || !(await changedSince(before))) return response
  await response.text() // so that the request is over
  return ask()
}
