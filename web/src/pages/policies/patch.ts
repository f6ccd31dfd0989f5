/** JSON objects as rules are written: RFC 7396 patches over complete policies. */
export type Doc = Record<string, unknown>

function isObject(v: unknown): v is Doc {
  return typeof v === 'object' && v !== null && !Array.isArray(v)
}

/** The policy that a patch makes of another. */
export function merged(below: Doc, patch: Doc): Doc {
  const out: Doc = { ...below }
  for (const [k, v] of Object.entries(patch)) {
    if (v === null) delete out[k]
    else out[k] = isObject(v) ? merged(isObject(out[k]) ? (out[k] as Doc) : {}, v) : v
  }
  return out
}

/** The value at a path of members joined by dots. */
export function valueAt(doc: Doc, path: string): unknown {
  const [first, ...keys] = steps(path)
  return keys.reduce<unknown>((v, k) => (isObject(v) ? v[k] : undefined), doc[first!])
}

/** A stage's or a slot's name has no dots, and nor has any member. */
function steps(path: string): string[] {
  return path.split('.')
}

/** The patch with a value laid down at a path. */
export function laid(patch: Doc, path: string, value: unknown): Doc {
  const [first, ...rest] = steps(path)
  const inner = patch[first!]
  return { ...patch, [first!]: rest.length ? laid(isObject(inner) ? inner : {}, rest.join('.'), value) : value }
}

/** The patch without what it says of a path; members left empty go too. */
export function lifted(patch: Doc, path: string): Doc {
  const [first, ...rest] = steps(path)
  const out = { ...patch }
  const inner = out[first!]
  if (rest.length && isObject(inner)) {
    const left = lifted(inner, rest.join('.'))
    if (Object.keys(left).length) out[first!] = left
    else delete out[first!]
  } else {
    delete out[first!]
  }
  return out
}

/** Whether the patch lays a path down itself. */
export function lays(patch: Doc, path: string): boolean {
  return valueAt(patch, path) !== undefined
}

/** A patch that somebody typed; undefined when it is no JSON object. */
export function parsed(text: string): Doc | undefined {
  try {
    const v: unknown = JSON.parse(text)
    return isObject(v) ? v : undefined
  } catch {
    return undefined
  }
}
