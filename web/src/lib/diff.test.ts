import { describe, expect, it } from 'vitest'

import { type Block, diffText, fold, measure, paragraphs } from './diff'

/** The text before or after, put together again from the blocks. */
function side(blocks: Block[], kind: 'del' | 'ins'): string[] {
  const texts = blocks.map((b) => b.pieces.filter((p) => p.kind === 'same' || p.kind === kind).map((p) => p.text).join(''))
  return texts.filter((t, i) => t !== '' || blocks[i]!.kind === kind)
}
function marks(blocks: Block[]): string[] {
  return blocks.flatMap((b) => b.pieces.filter((p) => p.kind !== 'same').map((p) => (p.kind === 'ins' ? '+' : '-') + p.text))
}

describe('diffText', () => {
  it.each([
    ['the same', '第一段。\n第二段。', '第一段。\n第二段。', ['same', 'same'], []],
    ['words of Chinese, which has no spaces', '每位教师参加校本研修二十学时。', '每位教师参加校本研修二十五学时。', ['changed'], undefined],
    ['a paragraph added', '甲段落内容。\n丙段落文字。', '甲段落内容。\n全新的一段。\n丙段落文字。', ['same', 'ins', 'same'], ['+全新的一段。']],
    ['a paragraph removed', '甲段落。\n乙段落。', '甲段落。', ['same', 'del'], ['-乙段落。']],
    ['from nothing', '', '一\n二', ['ins', 'ins'], ['+一', '+二']],
    ['to nothing', '一', '', ['del'], ['-一']],
    ['rewritten altogether', '加强硬件环境建设。', '聚焦学科教学研究。', ['del', 'ins'], ['-加强硬件环境建设。', '+聚焦学科教学研究。']],
    ['empty lines and trailing blanks do not count', '一\n\n\n二  \n', '一\n二', ['same', 'same'], []],
    ['line ends of Windows', '一\r\n二', '一\n二', ['same', 'same'], []],
  ])('%s', (_, before, after, kinds, expected) => {
    const blocks = diffText(before, after)
    expect(blocks.map((b) => b.kind)).toEqual(kinds)
    if (expected) expect(marks(blocks)).toEqual(expected)
    expect(side(blocks, 'del')).toEqual(paragraphs(before))
    expect(side(blocks, 'ins')).toEqual(paragraphs(after))
  })

  it('finds the changed paragraph behind an added one', () => {
    const blocks = diffText('考核细则由学校制定，每学期考核一次。', '第一条 总则。\n考核细则由学校制定，每学年考核两次。')
    expect(blocks.map((b) => b.kind)).toEqual(['ins', 'changed'])
  })

  it('marks what was changed and not the whole sentence', () => {
    const blocks = diffText('研修目标：合格率达到90%，人人参与。', '研修目标：合格率达到95%，人人参与。')
    expect(marks(blocks)).toEqual(['-90', '+95'])
  })

  it('joins changes that only one character parts', () => {
    const blocks = diffText('计划由教导处的主任落实执行。', '计划由信息组的骨干落实执行。')
    expect(blocks[0]!.pieces.filter((p) => p.kind === 'same').every((p) => p.text.length > 1)).toBe(true)
  })

  it('is quick on long texts', () => {
    const long = (seed: number) => Array.from({ length: 2000 }, (_, i) => `第${i}条 学校组织教师开展研修，第${(i * seed) % 97}组负责落实并总结。`).join('\n')
    const started = performance.now()
    const one = diffText(long(3), long(5))
    const single = diffText('教学'.repeat(40_000), '研修'.repeat(40_000))
    // Generous: a search without limits takes minutes on these.
    expect(performance.now() - started).toBeLessThan(5000)
    expect(side(one, 'ins')).toEqual(paragraphs(long(5)))
    expect(measure(single)).toEqual({ added: 80_000, removed: 80_000 })
  })
})

describe('fold', () => {
  const block = (kind: Block['kind'], text = '') => ({ kind, pieces: [{ kind: 'same' as const, text }] })

  it('keeps the neighbours of a change and folds the rest', () => {
    const blocks = [...Array.from({ length: 5 }, () => block('same')), block('changed'), block('same'), block('same'), block('same')]
    expect(fold(blocks).map((b) => (b.kind === 'folded' ? b.blocks.length : b.kind))).toEqual([4, 'same', 'changed', 'same', 2])
  })

  it('does not fold a single paragraph', () => {
    expect(fold([block('same'), block('same'), block('ins')]).map((b) => b.kind)).toEqual(['same', 'same', 'ins'])
  })

  it('folds everything when nothing changed', () => {
    expect(fold([block('same'), block('same')]).map((b) => b.kind)).toEqual(['folded'])
  })
})
