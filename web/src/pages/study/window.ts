import type { CaseView } from '@/pages/case/useCase'
import { date } from '@/lib/format'
import { compareStages } from '@/lib/stages'

/** Why the records of study can or cannot be written now, in words; the server decides. */
export interface StudyWindow {
  /** Theme, groups and roster are still being made. */
  prepare: boolean
  /** Activities run and personal records are open. */
  run: boolean
  /** Practice evidence and reviews are open. */
  assess: boolean
  /** Why it is read-only; empty while running. */
  why: string
}

export function studyWindow(view: Pick<CaseView, 'stage' | 'stage_name' | 'window' | 'reopened_until' | 'closed_at' | 'paused'>, now = new Date()): StudyWindow {
  const order = compareStages(view.stage, 'training')
  if (order < 0) {
    return { prepare: true, run: false, assess: false, why: `项目处于“${view.stage_name}”，校本研修在两案备案后开始；此前由学校准备教师名册、教研组和研修主题。` }
  }
  const assess = order === 0 || view.stage === 'assessment'
  if (order === 0 && !(view.window && now >= new Date(view.window))) return { prepare: true, run: true, assess, why: '' }
  // Open again for some teachers: the server tells for whom.
  if (view.stage === 'assessment' && !view.paused && view.reopened_until && now < new Date(view.reopened_until)) return { prepare: false, run: true, assess, why: '' }
  if (view.closed_at) return { prepare: false, run: false, assess, why: `项目已于 ${date(view.closed_at)} 办结，研修记录只供查看。` }
  const when = view.window && now >= new Date(view.window) ? `已于 ${date(view.window)} 结束` : '已经结束'
  const help = assess ? '如确有需要，请学校联系审核单位（区工程办，局属学校为市工程办）重开研修窗口。' : `项目现处于“${view.stage_name}”。`
  return { prepare: false, run: false, assess, why: `校本研修${when}，研修记录只供查看。${help}` }
}
