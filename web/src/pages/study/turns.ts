import type { Study } from '@/pages/study/useStudy'

/** Whose turn it is in a teacher's study, and for what. */
export interface Turn {
  who: 'self' | 'leader' | 'team' | 'admin'
  text: string
  anchor?: string
}

export const actors: Record<Turn['who'], string> = {
  self: '教师本人', leader: '教研组组长', team: '学校信息化管理团队', admin: '学校管理员',
}

/** What is still to be done for the points and the 初审, first what the teacher does. Only
 * reads the states that the server gave; what is missing of the materials stands in
 * study.missing. */
export function turns(study: Study): Turn[] {
  const out: Turn[] = []
  const codes = (...s: string[]) => study.points.filter((p) => s.includes(p.status)).map((p) => p.code)
  function add(who: Turn['who'], list: string[], text: string): void {
    if (list.length) out.push({ who, text: `${text}（${list.join('、')}）`, anchor: `point-${list[0]}` })
  }
  add('self', codes('returned'), '修改并重新提交被退回的实践证据')
  add('self', codes('unqualified'), '改进并重新提交不合格的实践证据')
  add('self', codes('chosen'), '提交实践证据')
  if (study.review === 'failed') out.push({ who: 'self', text: `初审未通过：${study.review_reason ?? ''}`, anchor: 'results' })
  add('leader', codes('submitted'), '审核实践证据')
  add('team', codes('reviewed'), '测评实践证据')
  if (study.review === 'pending' && study.missing.length === 0) out.push({ who: 'admin', text: '初审过程性材料', anchor: 'results' })
  return out
}
