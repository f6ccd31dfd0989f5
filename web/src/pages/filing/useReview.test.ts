import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'

import { useReview } from './useReview'

function open(revision: number | undefined = 1) {
  const v = ref<number | undefined>(revision)
  return { revision: v, ...effectScope().run(() => useReview('c', v))! }
}

beforeEach(() => {
  setActivePinia(createPinia())
  localStorage.clear()
})

describe('useReview', () => {
  it('survives a reload', async () => {
    const first = open()
    first.draft.value.comment = '目标明确'
    first.draft.value.checks.push('team')
    await nextTick()
    const again = open()
    expect(again.draft.value).toMatchObject({ comment: '目标明确', checks: ['team'], revision: 1 })
    expect(again.outdated.value).toBeUndefined()
  })

  it('keeps words but not ticks when another revision was handed in', async () => {
    const first = open()
    first.draft.value.comment = '目标明确'
    first.draft.value.checks.push('team')
    await nextTick()
    const again = open(2)
    expect(again.draft.value).toMatchObject({ comment: '目标明确', checks: [], revision: 2 })
    expect(again.outdated.value).toBe(1)
  })

  it('quotes into the opinion when approving', () => {
    const { draft, quote } = open()
    quote('training_plan', '每学期考核一次。')
    expect(draft.value.comment).toBe('“每学期考核一次。”\n')
    expect(draft.value.reasons).toEqual([])
  })

  it('quotes into the reason against the part when returning', () => {
    const { draft, quote } = open()
    draft.value.decision = 'return'
    quote('training_plan', '第一段')
    quote('training_plan', '第二段')
    quote('development_plan', '字'.repeat(300))
    expect(draft.value.reasons.map((r) => r.part)).toEqual(['training_plan', 'development_plan'])
    expect(draft.value.reasons[0]!.text).toBe('“第一段”\n“第二段”\n')
    expect(draft.value.reasons[1]!.text.length).toBeLessThan(130)
  })

  it('leaves nothing behind once decided', async () => {
    const { draft, finish } = open()
    draft.value.comment = '同意'
    await nextTick()
    finish()
    await nextTick()
    await nextTick()
    expect(localStorage.length).toBe(0)
    expect(draft.value.comment).toBe('')
  })
})
