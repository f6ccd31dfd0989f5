/** A fresh random name, also where crypto.randomUUID is missing (plain http on a LAN). */
export function randomKey(): string {
  return hex(16)
}

export function hex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes))
  return Array.from(random, (b) => b.toString(16).padStart(2, '0')).join('')
}
