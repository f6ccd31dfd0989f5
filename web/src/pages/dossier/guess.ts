import { extension } from '@/files/kinds'

interface Item {
  no: number
  name: string
}

/** How sure a guess must be, as a share of the item's own words found in the file's name. */
const sure = 0.2

/** Guesses which item each file is, by number or by words of its name. An item is given to
 * one file only, the best; undefined is no guess. The person confirms. */
export function guessItems(names: string[], items: Item[]): (number | undefined)[] {
  const weights = rarity(items)
  const candidates = names.flatMap((name, file) =>
    items.map((item) => ({ file, no: item.no, score: score(name, item, weights) })),
  )
  const out: (number | undefined)[] = names.map(() => undefined)
  const taken = new Set<number>()
  for (const c of candidates.sort((a, b) => b.score - a.score)) {
    if (c.score < sure || out[c.file] !== undefined || taken.has(c.no)) continue
    out[c.file] = c.no
    taken.add(c.no)
  }
  return out
}

function score(name: string, item: Item, weights: Map<string, number>): number {
  const no = numberOf(name)
  if (no === item.no) return 2 // a number is meant
  if (no !== undefined) return 0
  const words = pairs(name)
  let found = 0
  let all = 0
  for (const p of pairs(item.name)) {
    const w = weights.get(p) ?? 0
    all += w
    if (words.has(p)) found += w
  }
  return all === 0 ? 0 : found / all
}

// 05-讲话稿.docx, 5、…, 第5项…, 材料5 …; not 2025年…, and not a number further inside.
function numberOf(name: string): number | undefined {
  const m = /^(?:第|材料|附件)?\s*0?(\d{1,2})\s*(?:项|号|[.．、,，_\-—\s()（）]|(?=[^\d年月日届学级期第]))/.exec(name)
  return m ? Number(m[1]) : undefined
}

/** The pairs of neighbouring characters in a name: enough of a word in Chinese. */
function pairs(name: string): Set<string> {
  const ext = extension(name)
  const stem = (ext ? name.slice(0, -ext.length - 1) : name).replace(/[^\p{L}\p{N}]/gu, '')
  const out = new Set<string>()
  for (let i = 0; i + 1 < stem.length; i++) out.add(stem.slice(i, i + 2))
  return out
}

// What many items share (教师, 信息化) says little about any of them.
function rarity(items: Item[]): Map<string, number> {
  const in_ = new Map<string, number>()
  for (const item of items) for (const p of pairs(item.name)) in_.set(p, (in_.get(p) ?? 0) + 1)
  return new Map([...in_].map(([p, n]) => [p, 1 / (n * n)]))
}
