// The city's office plans schools into a cohort of its own, lets some of them rest, and
// takes the rest into a second round; a school's principal reaches none of it.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { Person, scenario } from '../person.mjs'

const mark = String(Date.now()).slice(-6)
const first = { code: `jobs-${mark}`, name: `排期批次${mark}` }
const schools = Array.from({ length: 4 }, (_, i) => ({ code: `J${mark}${i}`, name: `排期学校${mark}${i}` }))
let district // an office to which the city's cohort is not its own
let principal
let cohort // the id of the first round, and of the second
let second

before(async () => {
  const admin = await Api.enter('admin')
  const c = (await admin.get('/progress?limit=50')).items.find((r) => !r.direct)
  ;({ principal } = await admin.logins(c.school.id))
  ;({ district } = await admin.logins(c.district.id))
  await admin.admit('office-city', district, principal)
  for (const s of schools) await admin.post('/orgs', { parent_id: c.district.id, level: 'school', ...s })
  const city = (await admin.get(`/orgs/${c.district.id}`)).parent_id
  cohort = (await admin.post('/cohorts', {
    ...first, programme: '2.0', org_id: city, pace: 60,
    window_start: '2027-03-01T00:00:00+08:00', window_end: '2027-07-10T23:59:59+08:00', opens_at: '2099-01-01T00:00:00+08:00',
  })).id
})

async function pick(p, ...names) {
  for (const n of names) await p.page.getByRole('checkbox', { name: `选择：${n}` }).check()
}

function row(p, name) {
  return p.page.getByRole('region', { name: '批次内的学校' }).getByRole('row').filter({ hasText: name })
}

/** Opens a decision on the selected schools. */
async function decide(p, verb) {
  await p.page.getByRole('region', { name: '缓期、免考与恢复' }).getByRole('button', { name: `${verb}…` }).click()
  const dialog = p.page.getByRole('dialog', { name: new RegExp(`^${verb}`) })
  await dialog.waitFor()
  return dialog
}

scenario('city office: tries a schedule, mends it and plans the schools', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.menu('批次')
  await p.page.getByRole('link', { name: '立项排期' }).click()
  await p.page.getByRole('heading', { level: 1, name: '立项排期' }).waitFor()
  await p.settled()
  await p.check()

  const lines = schools.map((s) => `${s.code}\t${first.code}`).join('\n')
  await p.page.getByLabel('学校与批次', { exact: true }).fill(`学校代码\t批次代码\n${lines}\nnowhere\t${first.code}\n`)
  await p.press('列入下表')
  await p.press('试排')
  await p.see('共 5 行：可以排入 4，不能排入 1')
  const plan = p.page.getByRole('region', { name: '要排入的学校' })
  await plan.getByRole('row').filter({ hasText: '管辖范围内没有这个代码的学校' }).waitFor()
  await p.check()

  // What is mended is tried again before it counts.
  await plan.getByLabel('nowhere的学校代码').fill(schools[0].code)
  await plan.getByLabel('nowhere的学校代码').blur()
  await p.see('有的行改过，请重新试排。')
  await p.press('重新试排')
  await plan.getByRole('row').filter({ hasText: '不止一次' }).waitFor()
  await plan.getByRole('button', { name: `删除 ${schools[0].code}` }).last().click()
  await p.press('排入 4 所')
  await p.see('共 4 行：可以排入 0，已排入 4')
  const saved = p.page.waitForEvent('download')
  await p.page.getByRole('button', { name: '导出（CSV）' }).click()
  assert.match((await saved).suggestedFilename(), /^立项排期-.*\.csv$/)
  await p.page.getByRole('button', { name: '清空' }).click()

  const table = p.page.getByRole('region', { name: '各批次的时间' })
  await table.getByRole('row').filter({ hasText: first.name }).getByText('选定 4 所学校，未立项').waitFor()
  const workbook = p.page.waitForEvent('download')
  await p.page.getByRole('button', { name: '导出', exact: true }).click()
  assert.match((await workbook).suggestedFilename(), /\.xlsx$/)
})

scenario('city office: changes the plan of a draft; a cohort is not opened before its day', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.go('/cohorts/schedule')
  await p.page.getByRole('button', { name: `修改 ${first.name}` }).click()
  const dialog = p.page.getByRole('dialog', { name: '修改批次' })
  await dialog.getByLabel(/^研修结束/).fill('2027-02-01')
  await p.provoking(422, async () => {
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.getByText('研修结束时间须晚于开始时间。').waitFor()
  })
  await p.check()
  await dialog.getByLabel(/^研修结束/).fill('2027-08-01')
  await p.press('保存', dialog)
  await dialog.waitFor({ state: 'hidden' })
  await p.page.getByRole('row').filter({ hasText: first.name }).getByText('2027-08-01').waitFor()

  await p.go(`/cohorts/${cohort}`)
  await p.page.getByRole('button', { name: '开启批次' }).click()
  await p.provoking(409, async () => {
    await p.page.getByRole('dialog', { name: '开启批次' }).getByRole('button', { name: '开启', exact: true }).click()
    await p.page.getByRole('alert').getByText('最早于 2099-01-01 开启').waitFor()
  })
})

scenario('city office: defers, exempts and takes schools back, each with its outcome', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.go(`/cohorts/${cohort}`)
  await pick(p, schools[0].name, schools[1].name)
  let dialog = await decide(p, '缓期')
  await p.check()
  await dialog.getByLabel(/^缓期到/).fill('2026-01-01')
  await dialog.getByLabel(/^缓期的理由/).fill('校舍改造')
  await p.provoking(422, async () => {
    await dialog.getByRole('button', { name: '缓期 2 所' }).click()
    await dialog.getByText('须晚于今天').waitFor()
  })
  await dialog.getByLabel(/^缓期到/).fill('2098-05-01')
  await p.press('缓期 2 所', dialog)
  await dialog.getByRole('status').getByText('已缓期 2 项').waitFor()
  assert.equal(await dialog.getByRole('region', { name: '每项的结果' }).getByRole('row').count(), 3, 'every school has its outcome')
  await p.check()
  await p.press('完成', dialog)
  await row(p, schools[0].name).getByText('至 2098-05-01').waitFor()
  await row(p, schools[0].name).getByText('校舍改造').waitFor()
  await p.see('选定 4 所学校，未立项；其中缓期 2 所')

  await pick(p, schools[2].name)
  dialog = await decide(p, '免考')
  assert.ok(await dialog.getByRole('button', { name: '免考 1 所' }).isDisabled(), 'no exemption without a reason')
  await dialog.getByLabel(/^免考的理由/).fill('新建校')
  await p.press('免考 1 所', dialog)
  await p.press('完成', dialog)

  await p.page.getByLabel('立项情况').selectOption('免考')
  await p.page.waitForURL(/status=exempt/)
  await row(p, schools[0].name).waitFor({ state: 'detached' })
  await row(p, schools[2].name).getByText('新建校').waitFor()
  await p.page.getByLabel('立项情况').selectOption('缓期')
  await row(p, schools[2].name).waitFor({ state: 'detached' })
  await pick(p, schools[1].name)
  dialog = await decide(p, '恢复')
  await p.press('恢复 1 所', dialog)
  await p.press('完成', dialog)
  await row(p, schools[1].name).waitFor({ state: 'detached' })
  await p.see('其中缓期 1 所、免考 1 所')
})

scenario('city office: takes schools into a second round', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.go(`/cohorts/${cohort}/second-round`)
  await p.see('已选 2 / 2 所')
  await p.page.getByText('不进入第二轮的 2 所学校及原因').click()
  await p.see(/缓期至 2098-05-01/)
  await p.check()
  for (const s of [schools[1], schools[3]]) await p.page.getByRole('checkbox', { name: `选择：${s.name}` }).uncheck()
  await p.see('请至少选择一所学校。')
  await p.page.getByRole('checkbox', { name: `选择：${schools[1].name}` }).check()
  await p.press('下一步')
  await p.see('请填写研修开始、研修结束。')
  await p.check()
  await p.page.getByLabel(/^代码/).fill(first.code)
  await p.page.getByLabel(/^研修开始/).fill('2027-09-01')
  await p.page.getByLabel(/^研修结束/).fill('2027-08-01')
  await p.press('下一步')
  await p.see('没有选入的 1 所留在原批次')
  await p.check()
  await p.provoking(422, async () => {
    await p.press('起草第二轮（1 所）')
    await p.see('研修结束时间须晚于开始时间。')
  })
  await p.page.getByLabel(/^研修结束/).fill('2027-12-31')
  await p.press('下一步')
  await p.provoking(409, async () => {
    await p.press('起草第二轮（1 所）')
    await p.see('该批次代码已被使用，请换一个。')
  })
  await p.check()
  await p.page.getByLabel(/^代码/).fill(`${first.code}-2`)
  await p.press('下一步')
  await p.press('起草第二轮（1 所）')
  await p.page.getByRole('heading', { level: 1, name: `${first.name}第二轮` }).waitFor()
  second = new URL(p.page.url()).pathname.split('/').at(-1)
  assert.notEqual(second, cohort)
  await row(p, schools[1].name).getByText('未立项').waitFor()
  await p.page.getByRole('link', { name: first.name, exact: true }).click()

  // Where it was taken from, it is decided on no more; the others are.
  await row(p, schools[1].name).getByText('已转入第二轮').waitFor()
  await pick(p, schools[1].name, schools[3].name)
  const dialog = await decide(p, '免考')
  await dialog.getByText('其余 1 所不能或不必免考').waitFor()
  await dialog.getByLabel(/^免考的理由/).fill('新建校')
  await p.press('免考 1 所', dialog)
  await dialog.getByRole('row').filter({ hasText: schools[1].name }).getByText('已转入第二轮批次，请在那个批次中办理。').waitFor()
  await dialog.getByRole('row').filter({ hasText: schools[3].name }).getByText('已办理').waitFor()
  await p.check()
  await p.press('完成', dialog)
})

scenario('district: sees the city’s cohort, and that it is not its own to run', async (t) => {
  const p = await Person.enter(t, district)
  await p.go(`/cohorts/${second}`)
  await p.see(/您只能查看/)
  await row(p, schools[1].name).waitFor()
  assert.equal(await p.page.getByRole('checkbox').count(), 0)
  await p.check()
  await p.provoking(403, async () => {
    await p.go(`/cohorts/${second}/second-round`)
    await p.see('您没有查看这项内容的权限')
  })
})

scenario('principal: does not get at the schedule or the second round', async (t) => {
  const p = await Person.enter(t, principal)
  assert.equal(await p.page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '批次' }).count(), 0)
  await p.go('/cohorts/schedule')
  await p.see('您没有排期的权限')
  await p.check()
  assert.equal(await p.page.getByRole('button', { name: '试排' }).count(), 0)
  await p.provoking(403, async () => {
    await p.go(`/cohorts/${cohort}/second-round`)
    await p.see('您没有查看这项内容的权限')
  })
  await p.check()
  // The page of the cohort shows the principal's own school at most, and nothing to do.
  await p.go(`/cohorts/${cohort}`)
  await p.see('没有学校')
  assert.equal(await p.page.getByRole('button', { name: '加入学校…' }).count(), 0)
})
