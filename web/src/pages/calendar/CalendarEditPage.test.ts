import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Schemas } from '@/api/client'
import { open, Refusal, serve, settle } from '@/testing/page'

import CalendarEditPage from './CalendarEditPage.vue'

const year = { version: 'CN', year: 2026, years: [{ year: 2026 }], days: [{ date: '2026-01-01', kind: 'holiday', name: '元旦', working: false }], source: '国办发', provisional: false }
const good = { valid: true, problems: [], changes: [{ date: '2026-03-02', new_kind: 'break', new_name: '停课' }] }

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  localStorage.clear()
  document.body.innerHTML = ''
})

async function page(answers: Record<string, unknown> = {}, role: Schemas['Role'] = 'city_office') {
  const server = serve({ 'GET /calendars/CN': year, 'POST /calendar-check': good, 'POST /calendars': {}, ...answers })
  const { wrapper, router } = await open(CalendarEditPage, '/calendar/CN/edit?year=2026', '/calendar/:version/edit', ['calendar'], {}, role)
  const day = (date: string) => wrapper.get(`button[aria-label$="（${date}）"]`)
  const pick = async (date: string) => {
    await day(date).trigger('click')
    await settle()
  }
  const publish = () => wrapper.findAll('button').find((b) => b.text() === '发布新版本')!
  const write = async (label: string, text: string) => {
    await wrapper.findAll('label.field').find((l) => l.text().startsWith(label))!.get('input').setValue(text)
    await settle()
  }
  return { server, wrapper, router, day, pick, publish, write }
}

describe('a new version of the calendar', () => {
  it('is the old one with days marked, and judged at every mark', async () => {
    const p = await page()
    expect(p.wrapper.text()).toContain('还没有改动。')
    expect(p.server.of('POST /calendar-check')).toHaveLength(0)
    await p.pick('2026-03-02')
    expect(p.server.of('POST /calendar-check').at(-1)!.body).toEqual({
      base: 'CN', version: '新版本',
      years: [{ year: 2026, days: [{ date: '2026-01-01', kind: 'holiday', name: '元旦' }, { date: '2026-03-02', kind: 'break', name: '停课' }], source: '国办发', provisional: false }],
    })
    expect(p.wrapper.text()).toContain('与 CN 的差别（1 天）')
    expect(p.day('2026-03-02').attributes('aria-label')).toBe('2 日 寒暑假或停课 停课（2026-03-02）')
    await p.pick('2026-03-02')
    expect(p.day('2026-03-02').attributes('aria-label')).toBe('2 日 平常（2026-03-02）')
  })

  it('needs a number and a reason, then goes to what was published', async () => {
    const p = await page()
    await p.pick('2026-03-02')
    expect(p.publish().attributes('disabled')).toBeDefined()
    await p.write('版本号', ' GZ-1 ')
    await p.write('理由', '台风')
    expect(p.publish().attributes('disabled')).toBeUndefined()
    await p.wrapper.get('form').trigger('submit')
    await settle()
    expect(p.server.of('POST /calendars')[0]!.body).toMatchObject({ base: 'CN', version: 'GZ-1', reason: '台风' })
    expect(p.router.currentRoute.value.fullPath).toBe('/calendar?version=GZ-1')
    expect(localStorage.getItem('zx.draft.me.calendar:CN')).toBeNull()
  })

  it('tells of a number that is taken beside it, of days above them all, and publishes neither', async () => {
    const problems = [{ path: 'version', code: 'invalid', message: '请另取一个。' }, { path: 'years[0].days[0].name', code: 'calendar_invalid', message: '缺少名称。' }]
    const p = await page({ 'POST /calendar-check': { valid: false, changes: [], problems } })
    await p.pick('2026-03-02')
    await p.write('版本号', 'CN')
    await p.write('理由', '台风')
    expect(p.wrapper.get('label.field [role=alert]').text()).toBe('请另取一个。')
    expect(p.wrapper.get('ul[role=alert]').text()).toBe('缺少名称。')
    expect(p.publish().attributes('disabled')).toBeDefined()
  })

  it('keeps everything when the publishing is refused', async () => {
    const p = await page({ 'POST /calendars': new Refusal(409, 'conflict', '已有同名的版本。', 'version') })
    await p.pick('2026-03-02')
    await p.write('版本号', 'GZ-1')
    await p.write('理由', '台风')
    await p.wrapper.get('form').trigger('submit')
    await settle()
    expect(p.wrapper.get('label.field [role=alert]').text()).toBe('已有同名的版本。')
    expect(p.day('2026-03-02').classes()).toContain('break')
  })

  it('is not for a principal, who is told whose it is', async () => {
    const p = await page({}, 'principal')
    expect(p.wrapper.get('[role=status]').text()).toContain('工作日历由市工程办编制')
    expect(p.wrapper.find('form').exists()).toBe(false)
  })
})
