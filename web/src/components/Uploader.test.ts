import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import Uploader from '@/components/Uploader.vue'
import { FakeNetwork, refused } from '@/files/testing'

let network: FakeNetwork

function open(slotKeys: string[], props: object = {}) {
  const page = mount(Uploader, { props: { caseId: 'c1', kind: 'activity', slotKeys, title: '活动佐证', ...props } })
  const pick = async (...names: string[]) => {
    const input = page.find('input[type=file]')
    Object.defineProperty(input.element, 'files', { value: names.map((n) => new File(['abc'], n)), configurable: true })
    await input.trigger('change')
  }
  return { page, pick }
}

beforeEach(() => {
  setActivePinia(createPinia())
  network = new FakeNetwork()
  network.install()
})
afterEach(() => vi.unstubAllGlobals())

describe('Uploader', () => {
  it('fills the free places in order and says which files found none', async () => {
    const { page, pick } = open(['a/2', 'a/3'])
    await pick('甲.pdf', '乙.pdf', '丙.pdf')
    await vi.waitFor(() => expect(network.posts.filter((p) => p.form)).toHaveLength(2))
    expect(network.calls.map((c) => (c.body as { slot_key: string }).slot_key)).toEqual(['a/2', 'a/3'])
    expect(page.text()).toContain('有 1 个文件没有收下')
    expect(page.text()).toContain('已经传满')
    page.unmount()
  })

  it('shows progress, tells the page when done', async () => {
    const { page, pick } = open(['a/1'])
    await pick('甲.pdf')
    await vi.waitFor(() => expect(network.posts[0]?.form).toBeDefined())
    network.posts[0]!.progress(0.25)
    await flushPromises()
    expect(page.text()).toContain('正在上传 25%')
    expect(page.find('progress').attributes('aria-label')).toBe('甲.pdf 的进度')
    network.posts[0]!.respond(204)
    await vi.waitFor(() => expect(page.emitted('uploaded')?.[0]?.[1]).toBe('a/1'))
    expect(page.text()).toContain('已上传')
  })

  it('offers a retry when the line broke, and none for what was refused', async () => {
    network.refusals.files = [refused(422, 'file_size', '文件大小超过限制。')]
    const { page, pick } = open(['a/1', 'a/2'])
    await pick('大.mp4', '好.pdf')
    await vi.waitFor(() => expect(network.posts[0]?.form).toBeDefined())
    network.posts[0]!.fail()
    await vi.waitFor(() => expect(page.findAll('[role=alert]')).toHaveLength(2))
    expect(page.text()).toContain('文件大小超过限制。')
    const retries = page.findAll('button').filter((b) => b.text() === '重试')
    expect(retries).toHaveLength(1)
    await retries[0]!.trigger('click')
    await vi.waitFor(() => expect(network.posts[1]?.form).toBeDefined())
    page.unmount()
  })

  it('takes dropped files', async () => {
    const { page } = open(['a/1'])
    const dataTransfer = { types: ['Files'], files: [new File(['abc'], '甲.pdf')] }
    await page.find('.drop').trigger('dragenter', { dataTransfer })
    expect(page.find('.drop').classes()).toContain('over')
    await page.find('.drop').trigger('drop', { dataTransfer })
    expect(page.find('.drop').classes()).not.toContain('over')
    expect(page.text()).toContain('甲.pdf')
    page.unmount()
  })

  it('says why nothing can be uploaded', () => {
    const { page } = open(['a/1'], { readonly: '研修窗口已于 2026-11-01 关闭。' })
    expect(page.text()).toBe('研修窗口已于 2026-11-01 关闭。')
    expect(page.find('input').exists()).toBe(false)
  })
})
