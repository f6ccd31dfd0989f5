import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'

import GateMeter from '@/components/GateMeter.vue'

function meter(gate: { open: boolean; have: number; of: number; need: number; text: string }) {
  const w = mount(GateMeter, { props: { gate, label: '应用能力点测评', missing: '合格' } })
  const m = w.get('[role=meter]')
  return { w, m, width: w.get('.fill').attributes('style') ?? '' }
}

describe('GateMeter', () => {
  it.each([
    ['just below', { open: false, have: 9499, of: 10000, need: 9500, text: '9499/10000(94.99%)未达标' }, 'shut', '还差 1 人合格', '94.9%'],
    ['on the line', { open: true, have: 19, of: 20, need: 19, text: '19/20(95.00%)达标' }, 'open', '已达到', '95%'],
    ['above', { open: true, have: 258, of: 271, need: 258, text: '258/271(95.20%)达标' }, 'open', '已达到', '95.2%'],
    ['nobody', { open: false, have: 0, of: 0, need: 0, text: '0/0未达标(没有教师)' }, 'shut', '还没有教师', '0%'],
    ['all', { open: true, have: 21, of: 21, need: 21, text: '21/21(100.00%)达标' }, 'open', '已达到', '100%'],
  ])('reads %s', (_, gate, state, note, width) => {
    const g = meter(gate)
    expect(g.w.classes()).toContain(state)
    expect(g.w.text()).toContain(gate.text)
    expect(g.w.text()).toContain(note)
    expect(g.width).toContain(`width: ${width}`)
    expect(g.m.attributes('aria-valuetext')).toBe(gate.text)
  })

  it('has no line to reach without teachers, and a valid range', () => {
    const g = meter({ open: false, have: 0, of: 0, need: 0, text: '0/0未达标(没有教师)' })
    expect(g.w.find('.line').exists()).toBe(false)
    expect(Number(g.m.attributes('aria-valuemax'))).toBeGreaterThan(0)
  })

  it('never fills the bar of a gate that is one short', () => {
    const g = meter({ open: false, have: 1999, of: 2000, need: 2000, text: '1999/2000(99.95%)未达标' })
    expect(g.width).toContain('width: 99.9%')
  })
})
