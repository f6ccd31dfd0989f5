import { nextTick, ref, type Ref, watch } from 'vue'

import type { Schemas } from '@/api/client'
import { useLocalDraft } from '@/lib/draft'

export type ReturnTo = NonNullable<Schemas['ActionRequest']['to']>

/** What a reviewer has ticked and written about one case. */
export interface Review {
  revision: number
  checks: string[]
  decision: 'approve' | 'return'
  comment: string
  to: ReturnTo
  reasons: Schemas['Reason'][]
}

/** A step that a plan can be returned to, and what that brings. */
export interface Target { to: ReturnTo; name: string; effect: string }

const targets: Target[] = [
  { to: 'planning', name: '两案编制', effect: '学校修改两案后重新提交，直接回到您这一步。' },
  { to: 'diagnosis', name: '诊断评估', effect: '学校修改诊断并重新提交后，直接回到您这一步；两案不会退回修改。' },
  { to: 'team', name: '团队组建', effect: '学校调整团队并重新提交后，直接回到您这一步；两案不会退回修改。' },
]

const stepBefore: Target = { to: 'filing', name: '上一审核环节', effect: '由上一环节的同事重新审核，学校不必修改；上一环节再次通过后回到您这一步。' }

/** Where a plan can be returned to from a step of the review chain (0 is the first). */
export function targetsAt(step: number): Target[] {
  return step > 0 ? [...targets, stepBefore] : targets
}

const longestQuote = 120

function blank(revision: number): Review {
  return { revision, checks: [], decision: 'approve', comment: '', to: 'planning', reasons: [] }
}

/** A review that survives leaving the page. Ticks are of one revision; words stay when the
 * school hands in another one, and `outdated` says of which revision they were. */
export function useReview(caseId: string, revision: Ref<number | undefined>) {
  const draft = ref<Review>(blank(0))
  const { clear } = useLocalDraft(`review.${caseId}`, draft)
  const outdated = ref<number>()

  watch(revision, (v) => {
    if (!v || draft.value.revision === v) return
    if (draft.value.revision && (draft.value.comment || draft.value.reasons.length)) outdated.value = draft.value.revision
    draft.value = { ...draft.value, revision: v, checks: [] }
  }, { immediate: true })

  function addReason(part: string, text = ''): void {
    draft.value.reasons.push({ part, text })
  }

  /** Puts a paragraph into what is being written: the reason against its part, or the
   * opinion. */
  function quote(part: string, text: string): void {
    const words = `“${text.length > longestQuote ? text.slice(0, longestQuote) + '…' : text}”\n`
    if (draft.value.decision === 'approve') {
      draft.value.comment = joined(draft.value.comment, words)
      return
    }
    const reason = draft.value.reasons.find((r) => r.part === part)
    if (reason) reason.text = joined(reason.text, words)
    else addReason(part, words)
  }

  function finish(): void {
    draft.value = blank(draft.value.revision)
    outdated.value = undefined
    clear()
    void nextTick(clear)
  }
  return { draft, outdated, addReason, quote, finish }
}

function joined(before: string, more: string): string {
  return before.trim() ? `${before.trimEnd()}\n${more}` : more
}
