import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'

import ColumnChooser from '@/pages/board/ColumnChooser.vue'
import { usualColumns } from '@/pages/board/columns'
import { useColumns } from '@/pages/board/useColumns'

let chosen: ReturnType<typeof useColumns>

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
  chosen = useColumns()
  chosen.reset()
})

const keys = () => chosen.columns.value.map((c) => c.key)

function open() {
  const { columns, offered, toggle, move, reset } = chosen
  return mount(ColumnChooser, {
    props: { columns: columns.value, offered: offered.value, onToggle: toggle, onMove: move, onReset: reset },
    global: { stubs: { ElDialog: { template: '<div><slot /><slot name="footer" /></div>' } } },
  })
}

describe('column chooser', () => {
  it('adds a column at the end and takes it away again', async () => {
    const box = () => open().findAll('li').find((l) => l.text().includes('考核结果'))!.find('input')
    await box().trigger('change')
    expect(keys()).toEqual([...usualColumns, 'verdict'])
    await box().trigger('change')
    expect(keys()).toEqual(usualColumns)
  })

  it('moves a column, and not beyond the ends', async () => {
    await open().find('[aria-label="区 前移"]').trigger('click')
    expect(keys().slice(0, 2)).toEqual(['district', 'school'])
    expect(open().find('[aria-label="区 前移"]').attributes('disabled')).toBeDefined()
    chosen.move('district', -1)
    expect(keys()[0]).toBe('district')
  })

  it('always shows the school', () => {
    const first = open().findAll('li')[0]!
    expect(first.find('input').attributes('disabled')).toBeDefined()
    chosen.toggle('school')
    expect(keys()).toContain('school')
  })

  it('keeps the choice in this browser and knows no column that is gone', async () => {
    chosen.toggle('blocker')
    await nextTick()
    expect(useColumns().columns.value.map((c) => c.key)).not.toContain('blocker')
    localStorage.setItem('zx.board.columns.', JSON.stringify(['school', 'gone', 'due']))
    expect(useColumns().columns.value.map((c) => c.key)).toEqual(['school', 'due'])
  })
})
