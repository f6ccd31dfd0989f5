import { config, DOMWrapper } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import * as files from '@/lib/save'
import { open, Refusal, serve, settle } from '@/testing/page'

import BatchList from './BatchList.vue'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const page = new DOMWrapper(document.body)
const batch = (id: string, mode: string, state: string) => ({
  id, mode, state, state_name: state, office: '天河区教育局', records: 3, counts: [{ state: 'queued', state_name: '待报送', rows: 3 }], created_at: '2026-09-01T01:00:00Z', created_by: '李四',
})
const lists = { 'GET /registry/batches': { items: [batch('b1', 'file', 'ready'), batch('b2', 'push', 'stopped'), batch('b3', 'file', 'concluded')] } }
const button = (name: string) => page.findAll('button').filter((b) => b.text() === name)

async function ask(): Promise<void> {
  await button('下载报送文件')[0]!.trigger('click')
  await settle()
}
async function send(words: string): Promise<void> {
  await page.get('input[aria-label="具体事由"]').setValue(words)
  await page.get('form').trigger('submit')
  await settle()
}

test('a file with ID numbers is given out for a purpose, under the name of its kind', async () => {
  const save = vi.spyOn(files, 'saveAs').mockReturnValue()
  const server = serve({ ...lists, 'POST /registry/batches/b1/file': () => new Response('a,b', { headers: { 'Content-Disposition': 'attachment; filename="batch.csv"' } }) })
  await open(BatchList, '/', '/', [], {}, 'bureau')
  expect(button('下载报送文件')).toHaveLength(1)
  await ask()
  expect(page.text()).toContain('文件中的每个人都能看到谁、何时、为什么下载')
  expect(server.of('POST /registry/batches/b1/file')).toEqual([])
  await send('报送九月学时')
  expect(server.of('POST /registry/batches/b1/file').map((s) => s.body)).toEqual([{ purpose: 'credit', words: '报送九月学时' }])
  expect(save.mock.calls.map(([, name]) => name)).toEqual(['学时登记.csv'])
  expect(page.find('form').exists()).toBe(false)
})

test('a refusal is said where the purpose is asked for, and goes with it', async () => {
  const save = vi.spyOn(files, 'saveAs').mockReturnValue()
  serve({ ...lists, 'POST /registry/batches/b1/file': new Refusal(409, 'conflict', '这一批已经办结。') })
  await open(BatchList, '/', '/', [], {}, 'bureau')
  await ask()
  await send('报送九月学时')
  expect(page.get('form').text()).toContain('这一批已经办结。')
  await button('取消')[0]!.trigger('click')
  await settle()
  expect(page.text()).not.toContain('这一批已经办结。')
  await ask()
  expect(page.get('form').text()).not.toContain('这一批已经办结。')
  expect(save).not.toHaveBeenCalled()
})

test('who looks on takes no file and sends nothing', async () => {
  serve(lists)
  await open(BatchList, '/', '/', [], {}, 'auditor')
  expect(page.text()).toContain('天河区教育局')
  for (const name of ['下载报送文件', '重新报送']) expect(button(name)).toEqual([])
})
