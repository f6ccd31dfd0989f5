// Rules, 考核方案, calendar and the migration of running cases, with schools and a cohort of
// its own; rules that it publishes for a real office are to come into force in a far future.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { password, Person, scenario } from '../person.mjs'

const mark = String(Date.now()).slice(-6)
const name = `方案批次${mark}`
const schools = ['甲', '乙'].map((n, i) => ({ name: `方案${mark}小学${n}`, code: `SCH-${mark}-${i}`, principal: `scheme-${mark}-${i}` }))
const limit = String(20 + (Number(mark) % 60)) // another in every run
const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
let cohort
let district

before(async () => {
  const admin = await Api.enter('admin')
  const { row } = await admin.find('training')
  district = { ...row.district, logins: await admin.logins(row.district.id) }
  const security = await Api.enter('security-city')
  await admin.admit('office-city', district.logins.district)
  for (const s of schools) {
    const { id } = await admin.post('/orgs', { parent_id: district.id, level: 'school', code: s.code, name: s.name })
    const made = await security.post('/users', { login: s.principal, name: `${s.name}校长`, org_id: id, roles: ['principal'] })
    await (await Api.enter(s.principal, made.password)).post('/me/password', { current: made.password, password })
    s.id = id
  }
  const city = (await admin.get('/overlays?programme=2.0')).items.find((o) => o.level === 'city')
  const office = await Api.enter('office-city')
  cohort = await office.post('/cohorts', {
    code: `SCH-${mark}`, name, programme: '2.0', org_id: city.scope.id, pace: 6000,
    window_start: new Date().toISOString(), window_end: new Date(Date.now() + 90 * 86_400_000).toISOString(),
  })
  await office.post(`/cohorts/${cohort.id}/schools`, { school_ids: schools.map((s) => s.id) })
})

/** What is said against one value of a form of rules. */
const against = (p, label) => p.page.locator('td, .value').filter({ has: p.page.getByLabel(label, { exact: true }) }).getByRole('alert')
const days = (stage) => `${stage}：办理期限（工作日）`
/** What the draft would change. */
const changes = (p, title) => p.page.locator('dl').filter({ hasText: title })

async function fill(p, label, value) {
  await p.page.getByLabel(label, { exact: true }).fill(String(value))
  await p.page.keyboard.press('Tab')
}

scenario('a district refines its rules: a wrong value is refused beside its field, the right one is shown and published', async (t) => {
  const p = await Person.enter(t, district.logins.district)
  await p.menu('政策')
  await p.page.getByRole('region', { name: '各级细则' }).getByRole('link', { name: district.name }).click()
  await p.settled()
  await p.check()
  const publish = p.page.getByRole('button', { name: /^发布第 \d+ 版$/ })
  await fill(p, days('审核备案'), 300)
  await against(p, days('审核备案')).getByText('300须在0与250之间').waitFor()
  await p.see('有 1 处须修改')
  assert.equal(await publish.count(), 0, 'nothing that is wrong can be published')
  await p.check()
  await fill(p, days('审核备案'), '十天')
  await against(p, days('审核备案')).getByText('须是整数').waitFor()

  await fill(p, days('审核备案'), limit)
  const change = changes(p, days('审核备案'))
  await change.getByText(limit, { exact: true }).waitFor()
  await change.getByText('10', { exact: true }).waitFor()
  await p.page.getByLabel('考核专家最少人数', { exact: true }).fill('4')
  await p.page.keyboard.press('Tab')
  await changes(p, '考核专家最少人数').getByText('4', { exact: true }).waitFor()
  await p.press('考核专家最少人数：改回上级规定')
  await changes(p, '考核专家最少人数').waitFor({ state: 'detached' })
  await p.page.reload()
  await p.settled()
  assert.equal(await p.page.getByLabel(days('审核备案'), { exact: true }).inputValue(), limit, 'the draft outlives a reload')

  assert.ok(await publish.isDisabled(), 'a reason is asked for')
  await p.page.getByLabel('理由').fill(`区里试行 ${mark}`)
  await p.page.getByLabel('生效日期').fill('2020-01-01')
  await p.provoking(422, async () => {
    await publish.click()
    await p.see('生效时间不能早于现在')
  })
  await p.page.getByLabel('生效日期').fill(day(700))
  await publish.click()
  await p.see('已发布，到期自动生效')
  await p.settled()
  const version = p.page.getByRole('listitem').filter({ hasText: `区里试行 ${mark}` })
  await version.getByText(`${day(700)} 00:00 起生效`).waitFor()
  await version.getByRole('button', { name: /改了什么$/ }).click()
  await changes(p, days('审核备案')).getByText(limit, { exact: true }).waitFor()
  await p.see(new RegExp(`${day(700)} 00:00 生效`))
  await p.check()

  const city = await Person.enter(t, 'office-city')
  await city.go(new URL(p.page.url()).pathname)
  await city.see(/由该单位的区工程办修改，您只能查看/)
  assert.ok(await city.page.getByLabel(days('审核备案'), { exact: true }).isDisabled())
  assert.equal(await city.page.getByRole('heading', { name: '发布' }).count(), 0)
})

scenario('the city office drafts the scheme of a cohort; codes are shown as words', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.go(`/cohorts/${cohort.id}`)
  await p.page.getByRole('link', { name: '考核方案' }).click()
  await p.page.getByRole('heading', { level: 1, name: `${name}：考核方案` }).waitFor()
  await p.settled()
  assert.equal(await p.page.getByLabel('总分的计算方式', { exact: true }).locator('option').allInnerTexts().then(String), '平均分')
  assert.doesNotMatch(await p.page.getByRole('main').innerText(), /\b(mean|district|city_office|bytes?)\b/)
  await fill(p, '考核专家最少人数', 6)
  await against(p, '考核专家最多人数').getByText('5须在6与1000之间').waitFor()
  await p.press('考核专家最少人数：改回上级规定')
  await fill(p, days('团队组建'), 12)
  await changes(p, days('团队组建')).getByText('12', { exact: true }).waitFor()
  assert.equal(await p.page.getByLabel('生效日期').count(), 0, 'a scheme is in force at once')
  await p.page.getByLabel('理由').fill('首次制定')
  await p.check()
  await p.press('发布第 1 版')
  await p.see('已发布，即刻生效')
  await p.page.getByText('现行 第 1 版').waitFor()
  await p.page.getByRole('button', { name: '第 1 版改了什么' }).waitFor()
  await p.page.getByRole('link', { name: '合并后的全文' }).click()
  await p.settled()
  await p.page.getByRole('row', { name: /^团队组建 12/ }).waitFor()
  await p.check()
})

scenario('the city office makes a version of the calendar with a changed day', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.menu('工作日历')
  await p.page.getByLabel('版本', { exact: true }).selectOption({ index: 0 })
  await p.settled()
  await p.page.getByRole('link', { name: '编制新版' }).click()
  await p.page.getByRole('heading', { level: 1, name: '编制新版日历' }).waitFor()
  await p.settled()
  const publish = p.page.getByRole('button', { name: '发布新版本' })
  assert.ok(await publish.isDisabled(), 'without a change there is no new version')
  const plain = p.page.getByRole('button', { name: / 平常（/ }).last()
  const date = /\d{4}-\d\d-\d\d/.exec(await plain.getAttribute('aria-label'))[0]
  await p.page.getByLabel('名称', { exact: true }).fill('台风停课')
  await plain.click()
  const change = p.page.getByRole('listitem').filter({ hasText: date })
  await change.getByText('寒暑假或停课（台风停课）').waitFor()
  await p.check()
  await p.page.getByLabel('理由').fill('台风停课一天')
  await p.page.getByLabel('版本号').fill('CN-2023-2028')
  await p.page.locator('label.field').filter({ hasText: '版本号' }).getByRole('alert').getByText('请另取一个').waitFor()
  assert.ok(await publish.isDisabled())
  await p.check()
  await p.page.getByLabel('版本号').fill(`SCH-${mark}`)
  await publish.click()
  await p.page.waitForURL((u) => u.pathname === '/calendar')
  await p.settled()
  assert.equal(new URL(p.page.url()).searchParams.get('version'), `SCH-${mark}`)
  await p.page.getByText(/^列表（/).click()
  await p.page.getByRole('listitem').filter({ hasText: date }).getByText('台风停课').waitFor()
  await p.check()
})

scenario('running cases: those that are chosen are taken to the new scheme and the new calendar, each with its result', async (t) => {
  const office = await Api.enter('office-city')
  await office.post(`/cohorts/${cohort.id}/open`)
  const p = await Person.enter(t, 'office-city')
  await p.go(`/cohorts/${cohort.id}`)
  const listed = p.page.getByRole('region', { name: '批次内的学校' })
  for (const s of schools) await listed.getByRole('link', { name: s.name }).waitFor({ timeout: 60_000 }) // by themselves, once they are open

  await p.page.getByRole('link', { name: '考核方案' }).click()
  await p.page.getByRole('heading', { level: 1, name: `${name}：考核方案` }).waitFor()
  await p.settled()
  await fill(p, days('团队组建'), 15)
  await p.page.getByLabel('理由').fill('放宽组建期限')
  await p.press('发布第 2 版')
  await p.page.getByText('现行 第 2 版').waitFor()

  await p.page.getByRole('link', { name: '迁移在办项目' }).click()
  await p.settled()
  await p.page.getByText(/^2 个在办项目不在现行的考核方案上，其中 2 个可以迁移。$/).waitFor()
  await changes(p, days('团队组建')).getByText('15', { exact: true }).waitFor()
  const row = (s, caption) => p.page.getByRole('region', { name: caption }).getByRole('row').filter({ hasText: s.name })
  const [chosen, other] = schools
  const moved = await row(chosen, '可迁移的项目').getByText(/改为/).innerText()
  assert.match(moved, /\d{4}-\d\d-\d\d 改为 \d{4}-\d\d-\d\d/)
  const start = p.page.getByRole('button', { name: '开始迁移' })
  assert.ok(await start.isDisabled(), 'nothing is chosen')
  await row(chosen, '可迁移的项目').getByRole('checkbox').check()
  await p.page.getByRole('heading', { name: '迁移所选 1 个项目' }).waitFor()
  await p.page.getByLabel('理由').fill('按第 2 版办理')
  await p.check()
  await start.click()
  await p.page.waitForURL(/\/runs\//)
  await p.page.getByText('已全部办理。 已生效 1 个，未改变 0 个，共 1 个。').waitFor()
  await p.settled()
  await row(chosen, '逐个项目的结果').getByText('已生效').waitFor()
  assert.equal(await row(chosen, '逐个项目的结果').getByText(/改为/).innerText(), moved, 'as the preview had said')
  assert.equal(await row(other, '逐个项目的结果').count(), 0)
  await p.check()

  await row(chosen, '逐个项目的结果').getByRole('link', { name: chosen.name }).click()
  await p.settled()
  await p.see(moved.match(/\d{4}-\d\d-\d\d/g)[1])
  await p.go(`/cohorts/${cohort.id}/migrate`)
  await p.page.getByText(/^1 个在办项目不在现行的考核方案上/).waitFor()
  assert.equal(await row(chosen, '可迁移的项目').count(), 0)
  await row(other, '可迁移的项目').waitFor()
  await p.page.getByRole('link', { name: /按第 2 版办理$/ }).waitFor()

  await p.go(`/cohorts/${cohort.id}/calendar?version=SCH-${mark}`)
  await p.see(/^两版日历有 1 天不同$/)
  await p.check()
  await p.page.getByLabel('理由').fill('台风停课')
  await p.page.getByRole('button', { name: '更换并重算期限' }).click()
  await p.page.waitForURL(/\/runs\//)
  await p.page.getByText(/^已全部办理。/).waitFor()
  await p.settled()
  for (const s of schools) await row(s, '逐个项目的结果').getByText('无须改变').waitFor()
  await p.check()
})

scenario('a principal can neither change the rules nor migrate anything', async (t) => {
  const [school] = schools
  const p = await Person.enter(t, school.principal)
  const menu = p.page.getByRole('navigation', { name: '主菜单' })
  for (const entry of ['政策', '批次', '工作日历']) assert.equal(await menu.getByRole('link', { name: entry, exact: true }).count(), 0, entry)
  await p.go(`/cohorts/${cohort.id}/scheme`)
  await p.see(/您只能查看/)
  assert.ok(await p.page.getByLabel(days('团队组建'), { exact: true }).isDisabled())
  assert.equal(await p.page.getByRole('button', { name: /^发布/ }).count(), 0)
  await p.check()
  await p.refused(403, `/cohorts/${cohort.id}/migrate`)
  await p.refused(403, `/cohorts/${cohort.id}/calendar?version=SCH-${mark}`)
  await p.go('/calendar/CN-2023-2028/edit')
  await p.see(/您的身份只能查看/)
  assert.equal(await p.page.getByRole('button', { name: '发布新版本' }).count(), 0)
  await p.check()
  const { id } = (await (await Api.enter('office-city')).get(`/cohorts/${cohort.id}/runs`)).items.at(-1)
  await p.refused(403, `/cohorts/${cohort.id}/runs/${id}`)
  assert.equal(await p.page.getByText(schools[1].name).count(), 0, 'nothing of another school')
})
