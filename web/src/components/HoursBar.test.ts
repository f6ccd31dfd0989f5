import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'

import HoursBar from '@/components/HoursBar.vue'

describe('HoursBar', () => {
  it.each([
    [0, 250, '0/25 学时', '0%', false],
    [185, 250, '18.5/25 学时', '74%', false],
    [249, 250, '24.9/25 学时', '99%', false],
    [250, 250, '25/25 学时', '100%', true],
    [300, 250, '30/25 学时', '100%', true],
  ])('shows %i of %i tenths', (hours, target, text, width, done) => {
    const w = mount(HoursBar, { props: { hours, target } })
    expect(w.text()).toBe(text)
    expect(w.get('.fill').attributes('style')).toContain(`width: ${width}`)
    expect(w.classes('done')).toBe(done)
    expect(w.get('[role=meter]').attributes('aria-valuetext')).toBe(text)
  })
})
