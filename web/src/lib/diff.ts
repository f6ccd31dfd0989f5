import { diffArrays } from 'diff'

type PieceKind = 'same' | 'ins' | 'del'

/** A run of text inside a paragraph. */
export interface Piece {
  kind: PieceKind
  text: string
}

/** One paragraph: unchanged, added, removed, or changed in places (its pieces say where). */
export interface Block {
  kind: PieceKind | 'changed'
  pieces: Piece[]
}

/** Unchanged paragraphs that are shown on demand. */
export interface Folded {
  kind: 'folded'
  blocks: Block[]
}

// Beyond these many edits a text counts as rewritten: the search for a smallest difference
// grows with the square of the edits, and its result would be no use to a reader.
const mostEdits = 1000
// Paragraphs with less in common than this are one removed and one added, not a change.
const alike = 0.3
const mostPairs = 2500

/** The paragraphs of a text. Empty lines only part them. */
export function paragraphs(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map((p) => p.trimEnd()).filter((p) => p.trim() !== '')
}

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' })

// The segmenter's time grows with the square of what it is given at once.
const clauses = /[^，。；：、！？\n]{1,200}[，。；：、！？\n]?|[，。；：、！？\n]/gu

/** Words; Chinese is cut by dictionary, as it has no spaces. */
export function words(text: string): string[] {
  return (text.match(clauses) ?? []).flatMap((clause) => Array.from(segmenter.segment(clause), (s) => s.segment))
}

/** What changed from one text to another, paragraph by paragraph, then word by word. */
export function diffText(before: string, after: string): Block[] {
  const a = paragraphs(before)
  const b = paragraphs(after)
  const changes = diffArrays(a, b, { maxEditLength: 2 * mostEdits })
  if (!changes) return hunk(a, b)
  const blocks: Block[] = []
  let gone: string[] = []
  let come: string[] = []
  const close = () => {
    blocks.push(...hunk(gone, come))
    gone = []
    come = []
  }
  for (const c of changes) {
    if (c.removed) gone.push(...c.value)
    else if (c.added) come.push(...c.value)
    else {
      close()
      blocks.push(...c.value.map((t) => whole('same', t)))
    }
  }
  close()
  return blocks
}

function whole(kind: PieceKind, text: string): Block {
  return { kind, pieces: [{ kind, text }] }
}

// Paragraphs that went and came between two unchanged ones: those that are alike are one
// paragraph that was changed.
function hunk(gone: string[], come: string[]): Block[] {
  const blocks: Block[] = []
  let i = 0
  let j = 0
  for (const [g, c] of [...pair(gone, come), [gone.length, come.length] as const]) {
    for (; i < g; i++) blocks.push(whole('del', gone[i]!))
    for (; j < c; j++) blocks.push(whole('ins', come[j]!))
    if (g < gone.length && c < come.length) blocks.push({ kind: 'changed', pieces: diffWords(gone[i++]!, come[j++]!) })
  }
  return blocks
}

// The pairs, in order, whose likeness adds up to the most.
function pair(gone: string[], come: string[]): (readonly [number, number])[] {
  if (gone.length * come.length > mostPairs) return []
  const a = gone.map(bag)
  const b = come.map(bag)
  const best = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  const like = a.map((x) => b.map((y) => likeness(x, y)))
  const gain = (i: number, j: number) => (like[i]![j]! >= alike ? like[i]![j]! + best[i + 1]![j + 1]! : -1)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) best[i]![j] = Math.max(best[i + 1]![j]!, best[i]![j + 1]!, gain(i, j))
  }
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (gain(i, j) === best[i]![j] && gain(i, j) >= 0) pairs.push([i++, j++])
    else if (best[i + 1]![j] === best[i]![j]) i++
    else j++
  }
  return pairs
}

interface Bag {
  size: number
  counts: Map<string, number>
}

function bag(text: string): Bag {
  const counts = new Map<string, number>()
  let size = 0
  for (const w of words(text)) {
    if (!/[\p{L}\p{N}]/u.test(w)) continue
    counts.set(w, (counts.get(w) ?? 0) + w.length)
    size += w.length
  }
  return { size, counts }
}

function likeness(a: Bag, b: Bag): number {
  if (a.size + b.size === 0) return 1
  let common = 0
  for (const [w, n] of a.counts) common += Math.min(n, b.counts.get(w) ?? 0)
  return (2 * common) / (a.size + b.size)
}

function diffWords(before: string, after: string): Piece[] {
  const changes = diffArrays(words(before), words(after), { maxEditLength: mostEdits })
  if (!changes) return [{ kind: 'del', text: before }, { kind: 'ins', text: after }]
  return readable(changes.map((c) => ({ kind: c.removed ? 'del' : c.added ? 'ins' : 'same', text: c.value.join('') })))
}

// One character left standing between two changes is noise: it joins them.
function readable(pieces: Piece[]): Piece[] {
  const out: Piece[] = []
  let gone = ''
  let come = ''
  const close = () => {
    if (gone) out.push({ kind: 'del', text: gone })
    if (come) out.push({ kind: 'ins', text: come })
    gone = come = ''
  }
  pieces.forEach((p, i) => {
    const noise = p.kind === 'same' && p.text.length <= 1 && i > 0 && i < pieces.length - 1
    if (p.kind === 'same' && !noise) {
      close()
      out.push(p)
      return
    }
    if (p.kind !== 'ins') gone += p.text
    if (p.kind !== 'del') come += p.text
  })
  close()
  return out
}

/** Folds runs of unchanged paragraphs, leaving `context` of them beside each change. */
export function fold(blocks: Block[], context = 1): (Block | Folded)[] {
  const near = blocks.map((_, i) => blocks.slice(Math.max(0, i - context), i + context + 1).some((b) => b.kind !== 'same'))
  const out: (Block | Folded)[] = []
  for (let i = 0; i < blocks.length;) {
    let end = i
    while (end < blocks.length && !near[end]) end++
    if (end - i > 1) out.push({ kind: 'folded', blocks: blocks.slice(i, end) })
    else if (end > i) out.push(blocks[i]!)
    if (end < blocks.length) out.push(blocks[end++]!)
    i = end
  }
  return out
}

/** How much was added and removed, in characters. */
export function measure(blocks: Block[]): { added: number; removed: number } {
  const sum = (kind: PieceKind) => blocks.flatMap((b) => b.pieces).filter((p) => p.kind === kind).reduce((n, p) => n + p.text.length, 0)
  return { added: sum('ins'), removed: sum('del') }
}
