import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { open, Refusal, serve, settle } from '@/testing/page'

import LawDesk from './LawDesk.vue'

const at = '/overlays/o1/2.0'
const below = { panel: { min: 3, max: 5, aggregate: 'mean' }, deadlines: { filing: { days: 10, remind_before: 3, escalate: [3, 5] } }, files: { plan: { max_bytes: 2 << 20 } } }
const doc = {
  level: 'district', scope: { id: 'o1', name: '天河区' }, programme: '2.0', patch: {}, below, value: below, base_version: 2, in_force: 2,
  versions: [], upcoming: [], newer_layers: [], settings: [{ path: 'panel.min', title: '考核专家最少人数', value: 3, level: 'city', org: { id: 'c', name: '广州市' }, source: '' }],
  may_edit: true, why_not: '',
}
const form = { items: [
  { path: 'panel.min', title: '考核专家最少人数', type: 'integer', optional: false },
  { path: 'panel.aggregate', title: '总分的计算方式', type: 'text', optional: false },
  { path: 'deadlines.filing.days', title: '审核备案：办理期限（工作日）', type: 'integer', optional: false },
  { path: 'files.plan.max_bytes', title: '个人提升计划：大小上限', type: 'integer', optional: false },
] }
const good = { valid: true, problems: [], changes: [{ path: 'panel.min', title: '考核专家最少人数', old: 3, new: 4, level: 'city', source: '' }] }
const same = { valid: true, problems: [], changes: [] }
const bad = { valid: false, changes: [], problems: [{ path: 'panel.min', code: 'policy_range', message: '“考核专家最少人数”有误。' }] }

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  localStorage.clear()
  document.body.innerHTML = ''
})

async function desk(answers: Record<string, unknown> = {}) {
  const server = serve({ [`GET ${at}`]: doc, 'GET /policy-form': form, [`POST ${at}/check`]: same, ...answers })
  const { wrapper } = await open(LawDesk, '/', '/', ['policy'], { scope: 'o1', programme: '2.0' })
  await settle(400)
  const field = (label: string) => wrapper.get<HTMLInputElement>(`[aria-label="${label}"]`)
  const type = async (label: string, value: string) => {
    await field(label).setValue(value)
    await settle(400)
  }
  const publish = () => wrapper.findAll('button').find((b) => b.text() === '发布第 3 版')
  return { server, wrapper, field, type, publish }
}

describe('the desk of rules', () => {
  it('has a draft checked a moment after the last change, and tells what is wrong beside its field', async () => {
    const d = await desk({ [`POST ${at}/check`]: bad })
    const before = d.server.of(`POST ${at}/check`).length
    for (const typed of ['8', '9']) {
      await d.field('考核专家最少人数').setValue(typed)
      await settle(100)
    }
    expect(d.server.of(`POST ${at}/check`)).toHaveLength(before)
    await settle(400)
    expect(d.server.of(`POST ${at}/check`).slice(before).map((s) => s.body)).toEqual([{ patch: { panel: { min: 9 } } }])
    expect(d.wrapper.get('.value [role=alert]').text()).toBe('“考核专家最少人数”有误。')
    expect(d.publish()).toBeUndefined()
  })

  it('publishes what has changed with its reason, on the version that was read', async () => {
    const d = await desk({ [`POST ${at}/check`]: good, [`POST ${at}`]: doc })
    await d.type('考核专家最少人数', '4')
    expect(d.wrapper.text()).toContain('与现行规定的差别（1 项）')
    expect(d.publish()!.attributes('disabled')).toBeDefined()
    await d.wrapper.get('input[aria-label=理由]').setValue(' 试行 ')
    await d.wrapper.get('input[aria-label=生效日期]').setValue('2027-01-01')
    await d.wrapper.get('form').trigger('submit')
    await settle(400)
    expect(d.server.of(`POST ${at}`).map((s) => s.body)).toEqual([{ patch: { panel: { min: 4 } }, base_version: 2, reason: '试行', effective_from: '2026-12-31T16:00:00.000Z' }])
    expect(localStorage.getItem('zx.draft..law:o1:2.0')).toBeNull()
    expect(d.field('考核专家最少人数').element.value).toBe('3')
  })

  it('keeps what was typed when the publishing is refused', async () => {
    const d = await desk({ [`POST ${at}/check`]: good, [`POST ${at}`]: new Refusal(409, 'overlay_outdated', '已有人发布了新版。') })
    await d.type('考核专家最少人数', '4')
    await d.wrapper.get('input[aria-label=理由]').setValue('试行')
    await d.wrapper.get('form').trigger('submit')
    await settle(400)
    expect(d.wrapper.text()).toContain('已有人发布了新版。')
    expect(d.field('考核专家最少人数').element.value).toBe('4')
  })

  it('warns of a draft that was begun on an older version, which can not be published', async () => {
    localStorage.setItem('zx.draft..law:o1:2.0', JSON.stringify({ on: 1, text: '{"panel":{"min":4}}' }))
    const d = await desk({ [`POST ${at}/check`]: good })
    expect(d.wrapper.text()).toContain('您的草稿是在旧版上写的')
    await d.wrapper.get('input[aria-label=理由]').setValue('试行')
    expect(d.publish()!.attributes('disabled')).toBeDefined()
  })

  it('shows codes as words and sizes in MB, and sends them as the policy has them', async () => {
    const d = await desk()
    expect(d.field('总分的计算方式').element.textContent).toBe('平均分')
    expect(d.field('个人提升计划：大小上限（MB）').element.value).toBe('2')
    await d.type('个人提升计划：大小上限（MB）', '2.5')
    await d.type('审核备案：办理期限（工作日）', '十天')
    expect(d.server.of(`POST ${at}/check`).at(-1)!.body).toEqual({ patch: { files: { plan: { max_bytes: 2621440 } }, deadlines: { filing: { days: '十天' } } } })
  })

  it('takes a value back to what the levels above say', async () => {
    const d = await desk({ [`POST ${at}/check`]: good })
    await d.type('审核备案：办理期限（工作日）', '12')
    await d.wrapper.get('[aria-label="审核备案：办理期限（工作日）：改回上级规定"]').trigger('click')
    await settle(400)
    expect(d.server.of(`POST ${at}/check`).at(-1)!.body).toEqual({ patch: {} })
    expect(d.field('审核备案：办理期限（工作日）').element.value).toBe('10')
  })

  it('says of text that is no JSON what to look for, and does not send it', async () => {
    const d = await desk()
    await d.wrapper.findAll('button').find((b) => b.text() === '全文（JSON）')!.trigger('click')
    const before = d.server.of(`POST ${at}/check`).length
    await d.wrapper.get('textarea').setValue('{"panel":')
    await settle(400)
    expect(d.wrapper.text()).toContain('不是一个完整的 JSON 对象')
    expect(d.server.of(`POST ${at}/check`)).toHaveLength(before)
    await d.wrapper.get('textarea').setValue('{"panel":{"min":4}}')
    await settle(400)
    expect(d.server.of(`POST ${at}/check`).at(-1)!.body).toEqual({ patch: { panel: { min: 4 } } })
  })

  it('only shows the rules to those who may not change them, and says whose they are', async () => {
    const d = await desk({ [`GET ${at}`]: { ...doc, may_edit: false, why_not: '由区工程办修改，您只能查看。' } })
    expect(d.wrapper.text()).toContain('由区工程办修改，您只能查看。')
    expect(d.field('考核专家最少人数').attributes('disabled')).toBeDefined()
    expect(d.wrapper.find('h2').text()).not.toBe('发布')
    expect(d.server.of(`POST ${at}/check`)).toHaveLength(0)
  })

  it('asks for no day of a scheme, and takes newer rules of the levels above only when told to', async () => {
    const d = await desk({ [`GET ${at}`]: { ...doc, level: 'cohort', newer_layers: ['广州市'] }, [`POST ${at}/check`]: good })
    await d.type('考核专家最少人数', '4')
    expect(d.wrapper.find('input[aria-label=生效日期]').exists()).toBe(false)
    expect(d.wrapper.text()).toContain('广州市又有新的规定生效')
    expect(d.server.of(`POST ${at}/check`).at(-1)!.body).not.toHaveProperty('take_layers')
    await d.wrapper.get('.notice input').setValue(true)
    await settle(400)
    expect(d.server.of(`POST ${at}/check`).at(-1)!.body).toMatchObject({ take_layers: true })
  })
})
