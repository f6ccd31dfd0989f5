import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'

import { queries } from '@/api/query'
import SettingsPage from '@/pages/channels/SettingsPage.vue'

const kept = { topics: ['task'], daily: false, daily_at: 480, quiet: { from: 1320, to: 420, working_days: false, urgent: true } }

describe('the page of one\'s notices', () => {
  it('shows what is chosen and keeps what is changed', async () => {
    const asked: { method: string; path: string; body?: unknown }[] = []
    vi.stubGlobal('fetch', async (r: Request) => {
      const path = new URL(r.url).pathname
      asked.push({ method: r.method, path, body: r.method === 'PUT' ? await r.json() : undefined })
      return Response.json(path.endsWith('notice-choice') ? kept : { daily_codes_left: 5 })
    })
    const w = mount(SettingsPage, { global: { plugins: [[VueQueryPlugin, { queryClient: queries }]] } })
    await flushPromises()
    await vi.waitFor(() => expect(w.text()).toContain('每天汇总为一封'))
    const box = (text: string) => w.findAll('.el-checkbox').find((c) => c.text().startsWith(text))!.get('input')
    expect((box('新待办').element as HTMLInputElement).checked).toBe(true)
    expect((box('催办督办').element as HTMLInputElement).checked).toBe(false)
    await box('催办督办').setValue(true)
    await w.get('input[aria-label="免打扰开始"]').setValue('21:30')
    await w.findAll('form').at(-1)!.trigger('submit')
    await flushPromises()
    const sent = asked.find((a) => a.method === 'PUT')
    expect(sent?.body).toMatchObject({ topics: ['task', 'urge'], quiet: { from: 1290, to: 420 } })
  })

  it.each([
    ['proves an address by the link in the mail, once', { pending: 'z***@school.example', code_until: '2026-11-23T08:00:00Z', daily_codes_left: 4 }, ['12345678'], '验证码'],
    ['says that a link is used up', { mail: 'z***@school.example', daily_codes_left: 4 }, [], '链接已经用过'],
  ])('%s', async (_, contact, want, said) => {
    queries.clear()
    location.hash = '#code=12345678'
    const codes: string[] = []
    vi.stubGlobal('fetch', async (r: Request) => {
      if (r.method === 'POST') codes.push((await r.json() as { code: string }).code)
      return Response.json(new URL(r.url).pathname.endsWith('notice-choice') ? kept : contact)
    })
    const w = mount(SettingsPage, { global: { plugins: [[VueQueryPlugin, { queryClient: queries }]] } })
    await vi.waitFor(() => expect(w.text()).toContain(said))
    await flushPromises()
    expect(codes).toEqual(want)
    expect(location.hash).toBe('')
  })
})
