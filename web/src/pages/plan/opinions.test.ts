import { describe, expect, it } from 'vitest'

import { type Opinion, reasonsOf, stepDue } from './opinions'

const opinion = (step: number, decision: Opinion['decision'], comment = ''): Opinion => ({ seq: 1, revision: 1, step, step_name: '', actor: '', decision, comment, at: '' })

describe('stepDue', () => {
  it.each([
    ['nothing decided yet', [], 0],
    ['after an approval the next step', [opinion(0, 'approve')], 1],
    ['a returned plan comes back to the step that returned it', [opinion(0, 'approve'), opinion(1, 'return')], 1],
    ['a decision taken back leaves its step to be decided', [opinion(0, 'approve'), opinion(0, 'take_back')], 0],
    ['and goes on from there', [opinion(0, 'approve'), opinion(1, 'return'), opinion(1, 'approve')], 2],
  ])('%s', (_, opinions, step) => expect(stepDue(opinions)).toBe(step))
})

describe('reasonsOf', () => {
  it('reads the reasons of a return', () => {
    expect(reasonsOf(opinion(0, 'return', '[{"part":"training_plan","text":"缺指标"}]'))).toEqual([{ part: 'training_plan', text: '缺指标' }])
  })
  it('shows what it cannot read as it is', () => {
    expect(reasonsOf(opinion(0, 'return', '缺指标'))).toEqual([{ part: '', text: '缺指标' }])
  })
  it('has none for an approval, whatever it says', () => {
    expect(reasonsOf(opinion(0, 'approve', '[1]'))).toEqual([])
  })
})
