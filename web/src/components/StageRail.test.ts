import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'

import StageRail from '@/components/StageRail.vue'
import { railOf } from '@/components/stageRail'

const states = (...args: Parameters<typeof railOf>) => railOf(...args).map((s) => s.state[0]).join('')
const noted = (...args: Parameters<typeof railOf>) => railOf(...args).filter((s) => s.note).map((s) => `${s.code}: ${s.note}`)

describe('railOf', () => {
  it.each([
    ['at its beginning', { stage: 'team', round: 0 }, undefined, 'appppppppp' + 'p'],
    ['in the middle', { stage: 'training', round: 0 }, undefined, 'ddddapppppp'],
    ['passed', { stage: 'closed', round: 0, result: 'passed' }, 'crediting', 'dddddddddda'],
    ['failed: nothing was credited', { stage: 'closed', round: 0, result: 'failed' }, 'confirmation', 'dddddddddsa'],
    ['terminated while training', { stage: 'closed', round: 0, result: 'terminated' }, 'training', 'ddddssssssa'],
    ['terminated, not known where', { stage: 'closed', round: 0, result: 'terminated' }, undefined, 'ssssssssssa'],
  ] as const)('%s', (_, view, endedIn, want) => {
    expect(states(view, endedIn)).toBe(want)
  })

  it('says where a returned step goes back to', () => {
    expect(noted({ stage: 'planning', round: 0, returned_from: 'filing' })).toEqual(['planning: 被退回', 'filing: 改好后送回'])
  })
  it('names the round of rectification until the result', () => {
    expect(noted({ stage: 'dossier', round: 2 })).toEqual(['dossier: 整改第 2 轮'])
    expect(noted({ stage: 'crediting', round: 2 })).toEqual([])
  })
  it('names the result', () => {
    expect(noted({ stage: 'closed', round: 0, result: 'failed' })).toEqual(['closed: 不通过'])
  })
})

describe('StageRail', () => {
  it('tells each step and its state in words, and which is the current one', () => {
    const rail = mount(StageRail, { props: { view: { stage: 'diagnosis', round: 0 } } })
    const items = rail.findAll('li')
    expect(items).toHaveLength(11)
    expect(items[0]!.text()).toContain('团队组建：已完成')
    expect(items[1]!.attributes('aria-current')).toBe('step')
    expect(items[2]!.text()).toContain('两案编制：未到')
    expect(rail.text()).toContain('第 2 步，共 11 步：诊断评估')
  })
})
