import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'

import PointsInput from './PointsInput.vue'

function open(points?: number) {
  const w = mount(PointsInput, { props: { points, max: 50, label: 'A1' } })
  return { w, input: w.get('input') }
}
const last = (w: ReturnType<typeof open>['w']) => w.emitted('points')?.at(-1)?.[0]

describe('PointsInput', () => {
  it('shows tenths as points and emits tenths', async () => {
    const { w, input } = open(45)
    expect(input.element.value).toBe('4.5')
    await input.setValue('3.5')
    expect(last(w)).toBe(35)
  })
  it.each(['5.1', '-1', '3.55', 'abc', '51'])('says that %s is wrong and holds nothing', async (text) => {
    const { w, input } = open()
    await input.setValue(text)
    expect(last(w)).toBeUndefined()
    expect(w.get('[role=alert]').text()).toContain('0 至 5')
  })
  it('keeps wrong text while the sheet holds nothing', async () => {
    const { w, input } = open(45)
    await input.setValue('9')
    await w.setProps({ points: undefined })
    expect(input.element.value).toBe('9')
  })
  it('steps by half a point and leads on', async () => {
    const { w, input } = open(45)
    await input.trigger('keydown', { key: 'ArrowUp' })
    expect([last(w), input.element.value]).toEqual([50, '5'])
    await input.trigger('keydown', { key: 'Enter' })
    await input.trigger('keydown', { key: '/' })
    expect(w.emitted('go')).toEqual([['next'], ['reason']])
  })
  it('takes what the server has when it is not being typed', async () => {
    const { w, input } = open(45)
    await w.setProps({ points: 20 })
    expect(input.element.value).toBe('2')
  })
})
