// Somebody who has left asks to be forgotten: the request leads to a run that one person
// proposes and another approves; what is held stays. Wrong inputs are refused beside them.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { password, Person, scenario } from '../person.mjs'

const phone = { width: 390, height: 844 }
const tag = String(Date.now()).slice(-6)
const leaver = { login: `leaver-${tag}`, name: `离职者${tag}` }
let school

before(async () => {
  const security = await Api.enter('security-city')
  const admin = await Api.enter('admin')
  school = (await admin.find('training')).school
  const { password: once } = await security.post('/users', { ...leaver, org_id: school.id, roles: ['teacher'] })
  await (await Api.enter(leaver.login, once)).post('/me/password', { current: once, password })
  await admin.admit('office-city')
})

scenario('somebody asks to be forgotten, on a phone', async (t) => {
  const p = await Person.enter(t, leaver.login, { viewport: phone })
  await p.go('/account/personal')
  const ask = p.page.getByRole('button', { name: '提出申请' })
  await p.page.getByRole('combobox', { name: '申请', exact: true }).selectOption('delete')
  assert.ok(await ask.isDisabled(), 'not without words')
  await p.page.getByLabel('具体要求').fill('我已离职，请删除')
  await p.check()
  await ask.click()
  await p.see('待答复')
  await p.check()
})

scenario('a hold needs somebody and a reason, and is lifted again', async (t) => {
  const p = await Person.enter(t, 'security-city')
  await p.go('/privacy/holds')
  await p.page.getByRole('button', { name: '设置保全' }).click()
  const form = p.page.getByRole('dialog', { name: '设置保全' })
  const hold = form.getByRole('button', { name: '保全', exact: true })
  assert.ok(await hold.isDisabled())
  await form.getByRole('combobox', { name: '种类' }).selectOption('case')
  await form.getByLabel('备案号').fill('备0000-没有这件')
  await form.getByLabel('理由').fill('审计')
  await p.provoking(404, async () => {
    await hold.click()
    await form.getByText('找不到该项目').waitFor()
  })
  await form.getByRole('combobox', { name: '种类' }).selectOption('person')
  await p.choose('人员', leaver.name, leaver.name)
  await p.check()
  await hold.click()
  await form.waitFor({ state: 'detached' })
  const row = p.page.getByRole('row').filter({ hasText: leaver.name })
  await row.waitFor()
  await p.page.setViewportSize(phone)
  await p.check()
  await row.getByRole('button', { name: `解除 ${leaver.name}` }).click()
  const why = p.page.getByRole('dialog')
  await why.getByRole('textbox').fill('审计结束')
  await why.getByRole('button', { name: '解除' }).click()
  await p.see('已解除')
  await p.check()
})

scenario('the request leads to a run that another approves, and the person is gone', async (t) => {
  const first = await Person.enter(t, 'security-city')
  await first.menu('个人信息申请')
  const row = first.page.getByRole('row').filter({ hasText: leaver.name })
  await row.getByRole('button', { name: '答复…' }).click()
  const answer = first.page.getByRole('dialog')
  await answer.getByLabel('答复', { exact: true }).fill('已删除')
  await first.provoking(422, async () => {
    await answer.getByRole('button', { name: '答复', exact: true }).click()
    await answer.getByText('个人信息还没有清理').waitFor()
  })
  await answer.getByRole('button', { name: '取消' }).click()
  await row.getByRole('button', { name: '发起清理…' }).click()
  await first.check()
  await first.page.getByRole('dialog').getByRole('button', { name: '列出', exact: true }).click()
  await first.page.waitForURL(/\/privacy\/erasures\/./)
  await first.page.getByRole('button', { name: '提出清理' }).click()
  await first.see('待批准')
  assert.equal(await first.page.getByRole('button', { name: '批准…' }).count(), 0, 'another approves')
  await first.check()

  const second = await Person.enter(t, 'office-city', { viewport: phone })
  await second.go(new URL(first.page.url()).pathname)
  await second.page.getByRole('button', { name: '批准…' }).click()
  await second.page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
  await second.see('已完成')
  await second.page.getByRole('heading', { name: '清理凭证' }).waitFor()
  assert.ok(!(await second.page.locator('main').innerText()).includes(leaver.name), 'the name is gone')
  await second.check()

  await first.go('/privacy/requests')
  assert.ok(!(await first.page.locator('main').innerText()).includes(leaver.name))
  const done = first.page.getByRole('row').filter({ hasText: '我已离职，请删除' }).filter({ hasText: '已完成' })
  await done.getByRole('button', { name: '答复…' }).click()
  await answer.getByLabel('答复', { exact: true }).fill('已删除')
  await answer.getByRole('button', { name: '答复', exact: true }).click()
  await first.see('没有待答复的申请。')
  await first.check()
})

scenario('what is due is listed for a reason; how long things are kept, the top decides', async (t) => {
  const p = await Person.enter(t, 'security-city')
  await p.menu('个人信息清理')
  await p.page.getByRole('button', { name: '列出到期内容' }).click()
  const form = p.page.getByRole('dialog', { name: '列出到期内容' })
  const list = form.getByRole('button', { name: '列出', exact: true })
  assert.ok(await list.isDisabled(), 'not without a reason')
  await form.getByLabel('导入任务及其错误说明').check()
  await form.getByLabel('理由').fill('例行')
  await p.provoking([403, 422], async () => {
    await list.click()
    await form.getByRole('alert').or(form.getByText('整个系统')).first().waitFor()
  })
  await form.getByLabel('导入任务及其错误说明').uncheck()
  await p.check()
  await list.click()
  await p.page.waitForURL(/\/privacy\/erasures\/./)
  await p.see('没有到期内容')
  await p.check()
  await p.go('/privacy/retention')
  await p.page.getByRole('table', { name: '保存期限' }).getByText('停用的账号').waitFor()
  assert.equal(await p.page.getByRole('button', { name: /调整/ }).count(), 0, 'the whole system is not the city')
  await p.page.setViewportSize(phone)
  await p.check()
})
