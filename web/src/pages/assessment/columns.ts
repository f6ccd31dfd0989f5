import type { CsvColumn } from '@/components/csv'
import type { Column } from '@/components/table'
import { tenths } from '@/lib/format'
import { type ReviewRow, summariesOf } from '@/pages/assessment/reviews'
import { reviewWords } from '@/pages/study/words'

/** 待考核 is what the office's list says while nobody has judged (003:406). */
export const resultWords = { ...reviewWords, pending: { ...reviewWords.pending, text: '待考核' } }

/** The columns of 校本研修考核, in the order of 003:405. */
export const columns: Column<ReviewRow>[] = [
  { key: 'no', title: '序号', align: 'right', width: '56px' },
  { key: 'name', title: '姓名', text: (r) => r.name, head: true },
  { key: 'id', title: '身份证号', text: (r) => r.id_number },
  { key: 'group', title: '所属教研组', text: (r) => r.group },
  { key: 'plan', title: '个人提升计划' },
  { key: 'hours', title: '校本研修学时' },
  { key: 'summaries', title: '个人提升总结' },
  { key: 'complete', title: '完成情况' },
  { key: 'result', title: '考核结果' },
  { key: 'act', title: '操作' },
]

/** The same as a file; instead of the buttons, what is missing and why. */
export const exported: CsvColumn<ReviewRow>[] = [
  { title: '姓名', text: (r) => r.name },
  { title: '身份证号', text: (r) => r.id_number },
  { title: '所属教研组', text: (r) => r.group },
  { title: '个人提升计划', text: (r) => (r.plan ? '已上传' : '未上传') },
  { title: '校本研修学时', text: (r) => `${tenths(r.hours)}/${tenths(r.target)}` },
  { title: '个人提升总结', text: summariesOf },
  { title: '完成情况', text: (r) => (r.complete ? '已完成' : '未完成') },
  { title: '考核结果', text: (r) => resultWords[r.result].text },
  { title: '还缺什么', text: (r) => r.missing.join('；') },
  { title: '不通过原因', text: (r) => r.reason },
]
