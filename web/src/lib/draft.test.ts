import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'

import { networkProblem, Problem } from '@/api/problem'
import { type AutosaveOptions, useAutosave, useLocalDraft } from './draft'

const wrongStage = new Problem({ status: 409, code: 'wrong_stage', title: '', detail: '已提交，不能再修改。' })

/** A server that holds one text, and answers when told to. */
function server(text = '') {
  const box = { text, log: [] as string[], hold: undefined as Promise<void> | undefined, fail: undefined as Problem | undefined }
  return Object.assign(box, {
    save: async (v: string) => {
      await box.hold
      if (box.fail) throw box.fail
      box.text = v
      box.log.push(v)
    },
    read: () => Promise.resolve(box.text),
  })
}

function page(box: ReturnType<typeof server>, options: AutosaveOptions<string> = { read: box.read }) {
  const scope = effectScope()
  const value = ref('')
  const draft = scope.run(() => useAutosave('t', value, box.save, options))!
  return { scope, value, ...draft, type: async (v: string) => { value.value = v; await nextTick() } }
}

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  localStorage.clear()
})
afterEach(() => vi.useRealTimers())

const settleTimers = () => vi.advanceTimersByTimeAsync(900)

describe('useAutosave', () => {
  it('saves a moment after the last change, once', async () => {
    const s = server('旧')
    const p = page(s)
    p.loaded('旧')
    await p.type('新')
    await p.type('新的')
    expect(p.state.value).toBe('dirty')
    await settleTimers()
    expect(s.log).toEqual(['新的'])
    expect(p.state.value).toBe('saved')
    expect(localStorage.length).toBe(0)
  })

  it('sends what was typed during a save afterwards, never two at once', async () => {
    const s = server()
    const p = page(s)
    p.loaded('')
    let release = () => {}
    s.hold = new Promise((r) => (release = r))
    await p.type('一')
    await settleTimers()
    await p.type('一二')
    await vi.advanceTimersByTimeAsync(5000)
    expect(s.log).toEqual([])
    release()
    await vi.advanceTimersByTimeAsync(0)
    await settleTimers()
    expect(s.log).toEqual(['一', '一二'])
    expect(p.value.value).toBe('一二')
    expect(p.state.value).toBe('saved')
  })

  it('keeps the text when the server refuses, says why and does not insist', async () => {
    const s = server()
    const p = page(s)
    p.loaded('')
    s.fail = wrongStage
    await p.type('写了很多')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(p.state.value).toBe('failed')
    expect(p.problem.value).toBe(wrongStage)
    expect(p.value.value).toBe('写了很多')
    expect(await p.flush()).toBe(false)
    p.scope.stop()

    s.fail = undefined
    const later = page(s)
    later.loaded('')
    expect(later.value.value).toBe('写了很多')
    await settleTimers()
    expect(s.text).toBe('写了很多')
  })

  it('tries again by itself when the line was lost', async () => {
    const s = server()
    const p = page(s)
    p.loaded('')
    s.fail = networkProblem()
    await p.type('断线时写的')
    await settleTimers()
    expect(p.state.value).toBe('failed')
    s.fail = undefined
    await vi.advanceTimersByTimeAsync(6000)
    expect(s.text).toBe('断线时写的')
    expect(p.state.value).toBe('saved')
  })

  it('takes over what another person wrote while nothing is typed here', async () => {
    const p = page(server('甲'))
    p.loaded('甲')
    p.loaded('乙')
    expect(p.value.value).toBe('乙')
    expect(p.conflict.value).toBeUndefined()
  })

  it('is not thrown back by a late answer with what it had before its own save', async () => {
    const s = server('旧')
    const p = page(s)
    p.loaded('旧')
    await p.type('新')
    await settleTimers()
    p.loaded('旧')
    expect(p.value.value).toBe('新')
  })

  it.each([
    ['keeping mine', true, '我的'],
    ['taking theirs', false, '别人的'],
  ])('does not write over another person: %s', async (_, mine, end) => {
    const s = server('原文')
    const p = page(s)
    p.loaded('原文')
    s.text = '别人的'
    await p.type('我的')
    await settleTimers()
    expect(s.log).toEqual([])
    expect(p.conflict.value).toBe('别人的')
    expect(p.value.value).toBe('我的')
    expect(await p.flush()).toBe(false)

    p.settle(mine)
    await settleTimers()
    expect(p.conflict.value).toBeUndefined()
    expect(p.value.value).toBe(end)
    expect(s.text).toBe(end)
    expect(localStorage.length).toBe(0)
  })

  it('notices another person\'s change that arrives while typing', async () => {
    const p = page(server('原文'))
    p.loaded('原文')
    await p.type('我的')
    p.loaded('别人的')
    expect(p.conflict.value).toBe('别人的')
  })

  it('asks when a text left in this browser was begun on another one', async () => {
    const s = server('原文')
    s.fail = wrongStage
    const p = page(s)
    p.loaded('原文')
    await p.type('我的')
    await settleTimers()
    p.scope.stop()

    const later = page(s)
    later.loaded('别人的')
    expect(later.value.value).toBe('我的')
    expect(later.conflict.value).toBe('别人的')
  })

  it('needs no save when the change was taken back', async () => {
    const s = server('原文')
    const p = page(s)
    p.loaded('原文')
    await p.type('原文!')
    await p.type('原文')
    await settleTimers()
    expect(p.state.value).toBe('clean')
    expect(s.log).toEqual([])
    expect(localStorage.length).toBe(0)
  })

  it('saves what is still unsaved when the page is left', async () => {
    const s = server()
    const p = page(s)
    p.loaded('')
    await p.type('离开前')
    p.scope.stop()
    await vi.advanceTimersByTimeAsync(0)
    expect(s.text).toBe('离开前')
  })
})

describe('useLocalDraft', () => {
  it('brings back what was typed until it is cleared', async () => {
    const scope = effectScope()
    const first = ref('')
    const draft = scope.run(() => useLocalDraft('c', first))!
    expect(draft.restored.value).toBe(false)
    first.value = '意见'
    await nextTick()
    const second = ref('')
    const again = scope.run(() => useLocalDraft('c', second))!
    expect([second.value, again.restored.value]).toEqual(['意见', true])
    again.clear()
    expect(localStorage.length).toBe(0)
  })

  it('survives a spoiled entry', () => {
    localStorage.setItem('zx.draft..c', '{')
    const value = ref('')
    effectScope().run(() => useLocalDraft('c', value))
    expect(value.value).toBe('')
  })
})
