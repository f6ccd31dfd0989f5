// What was hashed once is not hashed again after the page was closed. It only saves time:
// the server compares the whole file with the sum in the end.
const key = 'zx.sums'
const kept = 20

type Sums = Record<string, string>

function fingerprint(file: File): string {
  return [file.name, file.size, file.lastModified].join('|')
}
function load(): Sums {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as Sums
  } catch {
    return {}
  }
}
function save(sums: [string, string][]): void {
  try {
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(sums.slice(-kept))))
  } catch {
    localStorage.removeItem(key) // full or forbidden: it is hashed again
  }
}

export function knownSum(file: File): string | undefined {
  return load()[fingerprint(file)]
}
export function rememberSum(file: File, sum: string): void {
  save([...Object.entries(load()).filter(([k]) => k !== fingerprint(file)), [fingerprint(file), sum]])
}
export function forgetSum(file: File): void {
  save(Object.entries(load()).filter(([k]) => k !== fingerprint(file)))
}
