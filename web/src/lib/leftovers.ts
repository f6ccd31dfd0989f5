/** What a person leaves behind in this browser. Nobody who comes after them is to find it. */
const drafts = 'zx.draft.'
const ofPerson = ['zx.known', 'zx.seat', 'zx.sums']
const ofTab = ['zx.pending']

function draftKeys(): string[] {
  return Object.keys(localStorage).filter((k) => k.startsWith(drafts))
}

/** How many texts of somebody have been typed here and not been sent. */
export function unsent(userId: string): number {
  return draftKeys().filter((k) => k.startsWith(`${drafts}${userId}.`)).length
}

/** Takes the drafts out of the browser's storage; the page has them until it is closed. */
export function takeDrafts(): Record<string, string> {
  const taken: Record<string, string> = {}
  for (const key of draftKeys()) {
    taken[key] = localStorage.getItem(key) ?? ''
    localStorage.removeItem(key)
  }
  return taken
}

/** Puts back what was taken and has not been written anew. */
export function putBack(taken: Record<string, string>): void {
  for (const [key, text] of Object.entries(taken)) if (localStorage.getItem(key) === null) localStorage.setItem(key, text)
}

/** Leaves nothing of anybody but this person. */
export function keepOnly(userId: string): void {
  for (const key of draftKeys()) if (!key.startsWith(`${drafts}${userId}.`)) localStorage.removeItem(key)
}

/** Leaves nothing of anybody: how the page looks is no one's. */
export function clearLeftovers(): void {
  for (const key of [...draftKeys(), ...ofPerson]) localStorage.removeItem(key)
  for (const key of ofTab) sessionStorage.removeItem(key)
}
