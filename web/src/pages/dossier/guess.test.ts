import { describe, expect, it } from 'vitest'

import { guessItems } from './guess'

// 003:410-427.
const items = [
  '学校信息化管理团队成员及其责任分工', '学校信息化环境和教师应用现状', '学校信息化发展规划(侧重教学)', '混合式校本研修计划', '校长动员讲话稿',
  '教研组活动计划', '教师个人研修计划', '学校信息化管理制度与运作流程', '教师信息化应用选学选测办法', '教师信息化应用选学选测问题解决',
  '教师信息化应用能力测评结果分析', '教师信息化应用能力测评优秀作品', '学校信息化资源库建设目录', '校本应用考核自评报告', '校本应用考核评估报告',
].map((name, i) => ({ no: i + 1, name }))

const one = (name: string) => guessItems([name], items)[0]

describe('guessItems', () => {
  it.each([
    ['05校长动员讲话稿.pdf', 5], ['11-分析.docx', 11], ['第13项 目录.xlsx', 13], ['7、个人计划.pdf', 7], ['材料8.docx', 8],
  ])('goes by the number in front: %s is %i', (name, no) => expect(one(name)).toBe(no))

  it.each([
    ['××小学校长讲话稿.docx', 5], ['语文教研组活动计划2025.docx', 6], ['信息化资源库目录.xlsx', 13], ['选学选测办法（定稿）.pdf', 9], ['选测问题解决案例.zip', 10],
    ['校本应用考核自评报告.pdf', 14], ['考核评估报告.pdf', 15], ['测评优秀作品.mp4', 12], ['测评结果分析.docx', 11], ['信息化管理制度.doc', 8],
  ])('goes by the words: %s is %i', (name, no) => expect(one(name)).toBe(no))

  it.each([['扫描件001.pdf'], ['IMG_2031.jpg'], ['教师.docx'], ['2025年工作.docx']])('does not guess %s', (name) => expect(one(name)).toBeUndefined())

  it('does not take a year or a term for a number', () => {
    expect(one('25年校长动员讲话稿.pdf')).toBe(5)
    expect(one('2025学年教研组活动计划.pdf')).toBe(6)
  })

  it('gives an item to the better of two files', () => {
    expect(guessItems(['讲话稿.docx', '校长动员讲话稿.docx'], items)).toEqual([undefined, 5])
  })
})
