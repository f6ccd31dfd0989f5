import { config, DOMWrapper } from '@vue/test-utils'
import ElementPlus from 'element-plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import * as files from '@/lib/save'
import { open, Refusal, serve, settle } from '@/testing/page'

import ImportPage from './ImportPage.vue'

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
const job = {
  id: 'i1', kind: 'teachers', kind_name: '教师名单', file_name: '一小.xlsx', file_size: 2048, started_by: '李四', started_at: '2026-09-01T01:00:00Z', applied_at: '2026-09-01T02:00:00Z',
  status: 'done', status_name: '已导入', processed: 3, total: 3, bad: 1, created: 2, updated: 0, unchanged: 0, own: true, mine: true, passwords: true,
}
const answers = { 'GET /imports/i1': job, 'GET /imports/i1/errors': { items: [] } }
const button = (name: string) => page.findAll('button').find((b) => b.text().startsWith(name))

async function send(words: string): Promise<void> {
  await page.get('input[aria-label="具体事由"]').setValue(words)
  await page.get('form').trigger('submit')
  await settle()
}

test('first passwords and faulty rows are given out for a purpose, each by itself', async () => {
  const save = vi.spyOn(files, 'saveAs').mockReturnValue()
  const server = serve({ ...answers, 'POST /imports/i1/passwords': new Refusal(409, 'conflict', '初始密码已经下载过。'), 'POST /imports/i1/errors.xlsx': () => new Response('sheet') })
  await open(ImportPage, '/', '/', ['imports'], { importId: 'i1' }, 'security_admin')
  await button('下载初始密码')!.trigger('click')
  await settle()
  expect(page.text()).toContain('密码表只给这一次')
  await send('开学分发账号')
  expect(page.get('form').text()).toContain('初始密码已经下载过。')
  await button('取消')!.trigger('click')
  await settle()
  await button('下载错误表')!.trigger('click')
  await settle()
  expect(page.text()).not.toContain('初始密码已经下载过。')
  await send('更正导入的行')
  expect(server.of('POST /imports/i1/errors.xlsx').map((s) => s.body)).toEqual([{ purpose: 'identity', words: '更正导入的行' }])
  expect(save.mock.calls.map(([, name]) => name)).toEqual(['错误表-一小.xlsx'])
  expect(page.find('form').exists()).toBe(false)
})

test('who neither uploaded nor imported takes neither', async () => {
  serve({ ...answers, 'GET /imports/i1': { ...job, own: false, mine: false } })
  await open(ImportPage, '/', '/', ['imports'], { importId: 'i1' }, 'security_admin')
  expect([button('下载初始密码'), button('下载错误表')]).toEqual([undefined, undefined])
  expect(page.text()).toContain('由上传或执行导入的人下载')
})
