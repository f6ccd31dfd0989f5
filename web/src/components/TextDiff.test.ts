import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'

import TextDiff from './TextDiff.vue'

const text = (...p: string[]) => p.join('\n')

describe('TextDiff', () => {
  it('marks words with ins and del', () => {
    const w = mount(TextDiff, { props: { before: '目标：合格率达到90%以上。', after: '目标：合格率达到95%以上。' } })
    expect(w.findAll('del').map((e) => e.text())).toEqual(['90'])
    expect(w.findAll('ins').map((e) => e.text())).toEqual(['95'])
  })

  it('says so when nothing changed', () => {
    const w = mount(TextDiff, { props: { before: '一\n二', after: '一\n\n二' } })
    expect(w.get('[role=status]').text()).toBe('文字没有改动。')
    expect(w.find('ins, del').exists()).toBe(false)
  })

  it('folds what is unchanged and opens it in place', async () => {
    const many = ['甲', '乙', '丙', '丁', '戊']
    const w = mount(TextDiff, { props: { before: text(...many, '末段旧'), after: text(...many, '全新内容') } })
    expect(w.text()).not.toContain('甲')
    await w.get('button').trigger('click')
    expect(w.text()).toContain('甲')
    expect(w.find('button').exists()).toBe(false)
  })

  it('offers the paragraphs of the later text to its slot', () => {
    const w = mount(TextDiff, {
      props: { before: '删去的一段话', after: '另外写的文章' },
      slots: { default: '<template #default="{ text }"><b>{{ text }}</b></template>' },
    })
    expect(w.findAll('b').map((e) => e.text())).toEqual(['另外写的文章'])
  })

  it('shows markup that somebody typed as text', () => {
    const w = mount(TextDiff, { props: { before: '', after: '<img src=x onerror=alert(1)>' } })
    expect(w.find('img').exists()).toBe(false)
    expect(w.text()).toContain('<img')
  })
})
