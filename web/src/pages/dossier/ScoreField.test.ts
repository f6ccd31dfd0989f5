import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'

import ScoreField from './ScoreField.vue'

function open(points?: number) {
  const page = mount(ScoreField, { props: { points, max: 60, label: 'C2 三案一标' } })
  return { page, type: (text: string) => page.find('input').setValue(text), told: () => page.emitted('points')?.at(-1)?.[0] }
}

describe('ScoreField', () => {
  it.each([['5.5', 55], ['6', 60], ['0', 0], ['5．5', 55]])('reads %s as %i tenths', async (text, points) => {
    const { type, told, page } = open()
    await type(text)
    expect(told()).toBe(points)
    expect(page.find('[role=alert]').exists()).toBe(false)
  })

  it.each([['6.1'], ['-1'], ['5.55'], ['五'], ['']])('takes no points from "%s" and says what fits', async (text) => {
    const { type, told, page } = open(10)
    await type(text)
    expect(told()).toBeUndefined()
    expect(page.find('[role=alert]').text()).toContain('0 至 6')
  })

  it('shows what another window has saved', async () => {
    const { page } = open(10)
    await page.setProps({ points: 25 })
    expect(page.find('input').element.value).toBe('2.5')
  })
})
