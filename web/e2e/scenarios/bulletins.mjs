// Notices with receipts: what is missing is said beside its field, schools read and answer,
// the sender sees who has not, reminds them, and takes the list along; nobody else sees it.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { Person, scenario } from '../person.mjs'

const title = `报送研修进度 ${String(Date.now()).slice(-6)}`
let training // a school whose district writes
let cohort // the one it is in
let elsewhere // an office of another district

before(async () => {
  const admin = await Api.enter('admin')
  training = await admin.find('training')
  cohort = (await admin.get(`/cases/${training.id}`)).cohort
  training.office = (await admin.logins(training.row.district.id)).district
  const { items } = await admin.get('/progress?limit=50')
  const other = items.find((r) => r.district.id !== training.row.district.id && r.district.id !== r.school.id)
  elsewhere = (await admin.logins(other.district.id)).district
  await admin.admit(training.office, elsewhere, training.logins.school_admin, training.logins.principal)
})

/** The row of somebody among the recipients. */
const rowOf = (p, text) => p.page.getByRole('region', { name: '收件人', exact: true }).getByRole('row').filter({ hasText: text })

scenario('an office writes to the schools of a cohort; what is missing is said beside its field', async (t) => {
  const p = await Person.enter(t, training.office)
  await p.menu('下发通知')
  await p.press('写通知')
  const send = p.page.getByRole('button', { name: '下发', exact: true })
  const role = (name) => p.page.getByRole('checkbox', { name, exact: true })
  const beside = (label) => p.page.locator('label.field, fieldset').filter({ hasText: label }).getByRole('alert')
  await role('学校管理员').uncheck()
  await role('校长').uncheck()
  await p.page.getByRole('button', { name: /^去掉 / }).click()
  await send.click()
  assert.equal(await beside('标题（必填）').innerText(), '请填写通知标题。')
  assert.equal(await beside('内容（必填）').innerText(), '请填写通知内容。')
  assert.equal(await beside('收件人的角色').innerText(), '请至少选择一种角色。')
  assert.equal(await beside('收件单位').innerText(), '请添加收件单位，或选择一个批次的学校。')
  assert.ok(await p.page.getByLabel('标题').evaluate((e) => e === document.activeElement), 'the first of them has the focus')
  await p.check()

  await p.page.getByLabel('标题').fill(title)
  await p.page.getByLabel('内容').fill('请各校核对研修进度，于期限前回执。')
  await role('学校管理员').check()
  await role('校长').check()
  await p.page.getByLabel('一个批次的学校', { exact: true }).selectOption(cohort.id)
  await p.page.getByRole('alert').first().waitFor({ state: 'detached' })
  await p.page.getByRole('checkbox', { name: '要求回执' }).check()
  await p.page.getByLabel('回执期限').fill('2020-01-01')
  await p.see(/^将发给 \d+ 人。$/)
  await p.provoking(422, async () => {
    await send.click()
    await p.page.getByRole('dialog', { name: '下发通知' }).getByRole('button', { name: '下发' }).click()
    await beside('回执期限').getByText('回执期限须晚于现在。').waitFor()
  })
  await p.page.reload()
  await p.settled()
  assert.equal(await p.page.getByLabel('标题').inputValue(), title, 'the draft outlives a reload')
  await p.page.getByLabel('回执期限').fill(new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10))
  await p.see(/^将发给 \d+ 人。$/)
  await send.click()
  await p.page.getByRole('dialog', { name: '下发通知' }).getByRole('button', { name: '下发' }).click()
  await p.page.getByRole('heading', { level: 1, name: title }).waitFor()
  await p.settled()
  await p.see(/^已读 0 \/ \d+ 人/)
  await p.check()
})

scenario('a school reads it and gives its receipt', async (t) => {
  const p = await Person.enter(t, training.logins.school_admin)
  await p.go('/notices')
  await p.page.getByRole('link', { name: new RegExp(title) }).first().click()
  await p.page.getByRole('heading', { level: 1, name: title }).waitFor()
  await p.settled()
  await p.see('待回执')
  await p.page.getByLabel('回执内容').fill('已核对，按期办理')
  await p.check()
  await p.press('确认回执')
  await p.see(/^您已于 .* 回执。$/)
  await p.see('已核对，按期办理')
  await p.check()
})

scenario('the sender sees who has not read, reminds them once a day, and takes the list along', async (t) => {
  const p = await Person.enter(t, training.office)
  await p.menu('下发通知')
  await p.page.getByRole('link', { name: title }).click()
  await p.page.getByRole('heading', { level: 1, name: title }).waitFor()
  await p.settled()
  await p.see(/^已读 1 \/ \d+ 人，\d+ 人未读；已回执 1 人$/)
  assert.match(await rowOf(p, '已核对，按期办理').innerText(), /已回执/)
  await p.page.getByLabel('阅读情况').selectOption('unread')
  await p.page.waitForURL(/state=unread/)
  await p.settled()
  assert.equal(await rowOf(p, '已核对，按期办理').count(), 0)
  assert.ok((await rowOf(p, '未读').count()) >= 1)
  await p.check()
  const waiting = Number(/\d+/.exec(await p.page.getByRole('button', { name: /^提醒 \d+ 人$/ }).innerText())[0])
  await p.page.getByRole('button', { name: /^提醒 \d+ 人$/ }).click()
  await p.see(`已提醒 ${waiting} 人`)
  assert.ok(await p.page.getByRole('button', { name: '今天已提醒' }).isDisabled())
  const download = p.page.waitForEvent('download')
  await p.press('导出')
  assert.match((await download).suggestedFilename(), /\.xlsx$/)

  const late = await Person.enter(t, training.logins.principal)
  await late.go('/notices')
  await late.see(/提醒/)
  await late.page.getByRole('link', { name: new RegExp(title) }).first().click()
  await late.page.getByRole('heading', { level: 1, name: title }).waitFor()
  await late.settled()
  await p.go(new URL(p.page.url()).pathname)
  await p.see(/^(已读 2 \/ \d+ 人|2 人全部已读)/)
})

scenario('another district sees nothing of it', async (t) => {
  const api = await Api.enter(training.office)
  const { id } = (await api.get('/bulletins')).items.find((b) => b.title === title)
  const p = await Person.enter(t, elsewhere)
  await p.menu('下发通知')
  assert.equal(await p.page.getByText(title).count(), 0)
  for (const path of [`/bulletins/${id}`, `/bulletins/received/${id}`]) {
    await p.refused(404, path)
    assert.equal(await p.page.getByText(title).count(), 0)
  }
  const school = await Person.enter(t, training.logins.school_admin)
  await school.refused(403, '/bulletins')
})
