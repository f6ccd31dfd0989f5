import ElementPlus from 'element-plus'
import { config } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { open, serve } from '@/testing/page'

import PolicyPage from './PolicyPage.vue'
import { routes } from './routes'

beforeEach(() => {
  vi.useFakeTimers()
  config.global.plugins = [ElementPlus]
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

test('the policy tells classes, terms, rights and who to turn to, and is open to everybody', async () => {
  serve({
    'GET /privacy/notice': {
      version: 'abc123', intro: ['本系统用于整校推进。'], rights: ['查阅、复制'], contact: '信息中心 020-1',
      classes: [{ title: '手机号', category: '一般个人信息', purpose: '督办联系', basis: '法定职责', seen_by: '无人', mask: '前三后四', retention: '账号在用期间', fate: '删除' }],
      rules: [{ title: '停用的账号', from: '停用后', months: 36, basis: '第四十七条' }],
    },
  })
  const { wrapper } = await open(PolicyPage, '/privacy-policy', '/privacy-policy')
  for (const part of ['本系统用于整校推进。', '手机号（一般个人信息）', '督办联系', '停用后满 36 个月', '查阅、复制', '信息中心 020-1', '版本 abc123']) {
    expect(wrapper.text()).toContain(part)
  }
  expect(routes.find((r) => r.path === '/privacy-policy')?.meta?.bare).toBe(true)
})
