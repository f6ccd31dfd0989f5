import type { Schemas } from '@/api/client'
import { date } from '@/lib/format'
import { compareStages } from '@/lib/stages'

import type { DossierItem } from './useDossier'

type View = Schemas['CaseView']

/** Why the files cannot be changed now, in words; undefined when they can. The server
 * decides, this explains beforehand. */
export function whyReadonly(view: View, ours: boolean, submittedAt?: string): string | undefined {
  if (view.stage === 'closed') return `项目已于 ${date(view.closed_at)} 办结，材料只读。`
  if (compareStages(view.stage, 'filing') < 0) return '两案提交审核后即可开始上传材料。'
  if (compareStages(view.stage, 'dossier') > 0) return submittedAt ? `已于 ${date(submittedAt)} 提交并锁定，不能再更换。` : '已提交并锁定，不能再更换。'
  return ours ? undefined : '由学校管理员或校长上传。'
}

/** What a rectification asks of each item, by its number. */
export function demands(view: View): Map<number, string> {
  const out = new Map<number, string>()
  if (view.stage !== 'dossier') return out
  for (const r of view.rectify) {
    const no = Number(r.part)
    if (Number.isInteger(no)) out.set(no, [out.get(no), r.text].filter(Boolean).join('\n'))
  }
  return out
}

/** Whether the item has changed since the case came back for rectification. */
export function answered(view: View, item: DossierItem): boolean {
  const since = view.waits.find((w) => w.task === 'dossier')?.since
  return !!item.updated_at && !!since && item.updated_at > since
}

/** The items that submission still waits for. */
export function unready(view: View, items: DossierItem[]): DossierItem[] {
  const asked = demands(view)
  return items.filter((i) => (i.required && !i.ready) || (asked.has(i.no) && !answered(view, i)))
}
