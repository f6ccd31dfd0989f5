import { flushPromises, mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'

import { Problem } from '@/api/problem'
import type { Draft, View } from '@/pages/board/useViews'
import ViewDialog from '@/pages/board/ViewDialog.vue'

const now = { filters: { stage: 'filing' }, sort: '-waited' }
const mine = { id: 'v1', name: '本区逾期', filters: { overdue: '1' }, sort: 'due', columns: ['school', 'due'], own: true, owner: '我' } as unknown as View
const shared = { ...mine, own: false, owner: '同事', org: { id: 'o1', name: '天河区' } } as View

function open(props: Record<string, unknown> = {}) {
  const save = vi.fn<(draft: Draft, id?: string) => Promise<View>>().mockResolvedValue({ ...mine, id: 'kept' })
  const begin = vi.fn<(id: string | undefined) => Promise<void>>().mockResolvedValue()
  const remove = vi.fn<(id: string) => Promise<void>>().mockResolvedValue()
  const w = mount(ViewDialog, {
    props: { suggested: '审核备案', now, columns: ['school', 'stage'], offices: [{ id: 'o1', name: '天河区' }], first: false, save, begin, remove, ...props },
    global: { stubs: { ElDialog: { props: ['title'], template: '<div><h1>{{ title }}</h1><slot /><slot name="footer" /></div>' } } },
  })
  const tick = (text: string) => w.findAll('.el-checkbox').find((c) => c.text() === text)!.get('input').setValue(true)
  const keep = async () => {
    await w.get('form').trigger('submit')
    await flushPromises()
  }
  return { w, save, begin, remove, tick, keep, names: () => w.findAll('.el-checkbox').map((c) => c.text()) }
}

describe('the dialog of a view', () => {
  it('keeps what the board shows now, without its columns unless asked', async () => {
    const d = open()
    await d.keep()
    expect(d.save).toHaveBeenCalledWith({ name: '审核备案', ...now, columns: [], org_id: undefined }, undefined)
    expect(d.begin).not.toHaveBeenCalled()
    expect(d.w.emitted('close')).toHaveLength(1)
    await d.tick('连同显示的列一起记住')
    await d.w.get('input[maxlength="20"]').setValue('  在审 ')
    await d.keep()
    expect(d.save).toHaveBeenLastCalledWith({ name: '在审', ...now, columns: ['school', 'stage'], org_id: undefined }, undefined)
  })

  it('changes a view of one\'s own, and takes what is shown now only when told to', async () => {
    const d = open({ view: mine })
    await d.keep()
    expect(d.save).toHaveBeenCalledWith({ name: '本区逾期', filters: mine.filters, sort: 'due', columns: mine.columns, org_id: undefined }, 'v1')
    await d.tick('换成现在的条件和排序')
    await d.keep()
    expect(d.save).toHaveBeenLastCalledWith({ name: '本区逾期', ...now, columns: ['school', 'stage'], org_id: undefined }, 'v1')
  })

  it('lets a colleague\'s view only be begun with', async () => {
    const d = open({ view: shared })
    expect(d.w.get('h1').text()).toBe('共享的视图')
    expect(d.names()).toEqual(['打开督办台账时先用这个视图'])
    expect(d.w.text()).not.toContain('删除')
    await d.tick('打开督办台账时先用这个视图')
    await d.keep()
    expect(d.save).not.toHaveBeenCalled()
    expect(d.begin).toHaveBeenCalledWith('v1')
  })

  it('begins with a new view under the id that it was given', async () => {
    const d = open()
    await d.tick('打开督办台账时先用这个视图')
    await d.keep()
    expect(d.begin).toHaveBeenCalledWith('kept')
  })

  it('stays open with what was typed and says why when it is refused', async () => {
    const d = open()
    d.save.mockRejectedValueOnce(new Problem({ status: 409, code: 'conflict', title: '同名', detail: '您已有同名的视图。' }))
    await d.keep()
    expect(d.w.get('[role=alert]').text()).toContain('您已有同名的视图。')
    expect(d.w.emitted('close')).toBeUndefined()
  })

  it('has no view without a name', async () => {
    const d = open()
    await d.w.get('input[maxlength="20"]').setValue('  ')
    expect(d.w.get('button[type=submit]').attributes('disabled')).toBeDefined()
  })
})
