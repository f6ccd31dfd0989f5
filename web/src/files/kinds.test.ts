import { describe, expect, it } from 'vitest'

import { viewerOf } from './kinds'

describe('viewerOf', () => {
  it.each([
    ['方案.PDF', 'pdf'], ['总结.docx', 'docx'], ['合影.JPG', 'image'], ['课例.mp4', 'video'], ['录音.mp3', 'audio'], ['说明.txt', 'text'],
  ])('shows %s as %s', (name, viewer) => {
    expect(viewerOf({ name })).toEqual({ viewer })
  })

  it.each([
    ['统计.xlsx', '办公软件'], ['老文档.doc', '办公软件'], ['作品.zip', '压缩包'], ['无扩展名', '没有扩展名'], ['课例.mov', 'mov'],
  ])('says why %s is to be saved: %s', (name, words) => {
    expect(viewerOf({ name })).toEqual({ why: expect.stringContaining(words) })
  })

  it('does not read very large documents, but plays large videos', () => {
    expect(viewerOf({ name: 'a.pdf', size: 61 << 20 })).toHaveProperty('why')
    expect(viewerOf({ name: 'a.mp4', size: 199 << 20 })).toEqual({ viewer: 'video' })
  })
})
