// The 督办台账 as offices use it from day to day: views shared with colleagues, the groups
// behind a school, workbooks, summaries whose figures are doors, and the weekly digest.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { Person, scenario } from '../person.mjs'

let admin
let training // a school in training and the logins of its district

before(async () => {
  admin = await Api.enter('admin')
  training = await admin.find('training')
  training.office = await admin.logins(training.row.district.id)
  await admin.admit(training.office.district, training.office.bureau)
})

/** Clicks what makes a workbook. */
async function saves(p, name, file) {
  const download = p.page.waitForEvent('download')
  await p.page.getByRole('button', { name, exact: true }).click()
  assert.match((await download).suggestedFilename(), file)
}

scenario('a view that is saved at one desk is used at the next, and only there', async (t) => {
  const name = '本区在办'
  const p = await Person.enter(t, training.office.district)
  await p.go('/board?state=open&sort=-waited')
  await p.press('保存视图')
  const dialog = p.page.getByRole('dialog', { name: '保存视图' })
  await dialog.getByLabel('名称').fill(name)
  await p.choose('谁能用', /的同事$/)
  await p.check()
  await dialog.getByRole('button', { name: '保存', exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
  const views = (q) => q.page.getByRole('navigation', { name: '保存的视图' })
  await views(p).getByText('已共享').waitFor()
  await p.press('保存视图')
  await dialog.getByLabel('名称').fill(name)
  await p.provoking(409, async () => {
    await dialog.getByRole('button', { name: '保存', exact: true }).click()
    await dialog.getByText('同名的视图').waitFor()
  })
  await dialog.getByRole('button', { name: '取消' }).click()

  const colleague = await Person.enter(t, training.office.bureau)
  await colleague.go('/board')
  await views(colleague).getByRole('link', { name }).click()
  await colleague.settled()
  assert.match(colleague.page.url(), /state=open.*sort=-waited|sort=-waited.*state=open/)
  await views(colleague).getByRole('button', { name: `设置视图 ${name}` }).click()
  const theirs = colleague.page.getByRole('dialog', { name: '共享的视图' })
  await theirs.getByText('打开督办台账时先用这个视图').click()
  await theirs.getByRole('button', { name: '保存', exact: true }).click()
  await theirs.waitFor({ state: 'hidden' })
  await colleague.go('/board')
  await colleague.page.waitForURL(/state=open/)

  const stranger = await Person.enter(t, 'office-city')
  await stranger.go('/board')
  assert.equal(await views(stranger).getByRole('link', { name }).count(), 0)

  await views(p).getByRole('button', { name: `修改视图 ${name}` }).click()
  await p.page.getByRole('dialog', { name: '修改视图' }).getByRole('button', { name: '删除' }).click()
  await p.page.getByRole('dialog', { name: '删除视图' }).getByRole('button', { name: '删除' }).click()
  await views(p).waitFor({ state: 'hidden' })
})

scenario('the row of a school opens to the groups that hold it back', async (t) => {
  const p = await Person.enter(t, training.office.district)
  await p.go('/board?stage=training')
  await p.page.getByRole('button', { name: `${training.school.name}：缺什么、联系谁` }).click()
  const groups = p.page.getByRole('region', { name: '各教研组', exact: true })
  await groups.getByRole('row').nth(1).waitFor()
  await p.settled()
  await groups.getByRole('button', { name: /^教研组/ }).click()
  await groups.getByRole('columnheader', { name: /^教研组/, includeHidden: true }).and(p.page.locator('[aria-sort=ascending]')).waitFor()
  await p.check()
  await saves(p, '导出各组', /各组滞留.*\.xlsx$/)
  await p.go(`/cases/${training.id}`)
  await p.page.getByRole('region', { name: '各教研组', exact: true }).waitFor()
  await p.go('/board?state=open&sort=plan')
  await p.see(/(落后|提前) \d+ 工作日|按计划/)
  await saves(p, '导出', /督办台账.*\.xlsx$/)
})

scenario('every figure of a summary opens the list that it counts', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.menu('区市汇总')
  await p.check()
  await saves(p, '导出', /汇总.*\.xlsx$/)
  const figure = p.page.getByRole('region', { name: '市汇总' }).getByRole('link', { name: / 在办 \d+ 所$/ })
  const count = Number(await figure.innerText())
  await figure.click()
  await p.settled()
  assert.match(p.page.url(), /\/board\?.*state=open/)
  const rows = p.page.getByRole('region', { name: '督办台账' }).getByRole('button', { name: /缺什么、联系谁/ })
  assert.equal(await rows.count(), count)
  await p.menu('办理用时')
  await p.see('各经办人')
  await p.check()
  await saves(p, '导出', /办理用时.*\.xlsx$/)
  await p.go('/not-started')
  await p.page.getByRole('button', { name: /：联系谁$/ }).first().click()
  await p.see('学校管理员')
  await saves(p, '导出', /未启动的学校.*\.xlsx$/)
})

scenario('the weekly digest comes as a notice and leads to the schools behind its figures', async (t) => {
  const sysadmin = await Person.enter(t, 'admin')
  await sysadmin.go('/notices')
  await sysadmin.press('现在发送本周督办周报')
  const p = await Person.enter(t, training.office.district)
  await p.go('/notices')
  await p.page.getByRole('link', { name: /^督办周报/ }).first().click()
  await p.page.getByRole('heading', { level: 1, name: /^督办周报/ }).waitFor()
  await p.settled()
  await p.check()
  const open = p.page.getByRole('link', { name: /^\d+ 在办$/ })
  const count = Number((await open.innerText()).split(' ')[0])
  await open.click()
  await p.settled()
  const rows = p.page.getByRole('region', { name: '督办台账' }).getByRole('button', { name: /缺什么、联系谁/ })
  assert.equal(await rows.count(), count)
  await p.go('/notices')
  const wants = p.page.getByRole('checkbox', { name: '每周一收督办周报' })
  assert.ok(await wants.isChecked())
  await p.page.getByText('每周一收督办周报').click()
  await p.calm()
  await p.go('/notices')
  assert.ok(!(await wants.isChecked()))
  await p.page.getByText('每周一收督办周报').click()
  await p.calm()
})
