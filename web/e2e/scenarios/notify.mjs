// Where notices go besides the app: an office's channels, what went out, one's own choices.
// Nothing that is secret comes back, and what may not be reached is refused beside its field.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { Person, scenario } from '../person.mjs'

const name = `工作群 ${String(Date.now()).slice(-6)}`
let training

before(async () => {
  const admin = await Api.enter('admin')
  training = await admin.find('training')
  training.office = (await admin.logins(training.row.district.id)).district
  await admin.admit(training.office, training.logins.principal)
})

scenario('an office adds a channel, tests it and finds what became of the test', async (t) => {
  const p = await Person.enter(t, training.office)
  await p.menu('通知渠道')
  await p.press('增加渠道')
  const form = p.page.getByRole('dialog', { name: '增加通知渠道' })
  const send = form.getByRole('button', { name: '增加', exact: true })
  await form.getByText('请填写名称。').waitFor()
  assert.ok(await send.isDisabled())
  await form.getByLabel('名称').fill(name)
  await form.getByLabel('接收地址').fill('https://10.0.0.8/hook?key=SECRETKEY')
  await p.provoking(422, async () => {
    await send.click()
    await form.getByRole('alert').filter({ hasText: '接收地址不能使用' }).first().waitFor()
  })
  await form.getByLabel('接收地址').fill('https://hooks.invalid/hook?key=SECRETKEY')
  await p.check()
  await send.click()
  await form.waitFor({ state: 'detached' })
  const row = p.page.getByRole('row').filter({ hasText: name })
  await row.getByText('https://hooks.invalid/…').waitFor()
  assert.ok(!(await p.page.content()).includes('SECRETKEY'), 'the address does not come back')
  await row.getByRole('button', { name: `测试：${name}` }).click()
  await p.see('测试消息已排队，稍后在“发送记录”中查看结果')
  await p.check()
  await p.menu('发送记录')
  await p.page.getByRole('row').filter({ hasText: name }).filter({ hasText: '测试消息' }).first().waitFor()
  await p.check()
})

scenario('a principal chooses what comes by mail, on a phone', async (t) => {
  const p = await Person.enter(t, training.logins.principal)
  await p.page.setViewportSize({ width: 390, height: 844 })
  await p.page.goto(new URL('/notice-settings', p.page.url()).href)
  await p.see('还没有登记邮箱，只收站内通知。邮箱加密保存，只用于给您发送通知。')
  await p.page.getByText('每天汇总为一封').click()
  await p.page.getByLabel('免打扰开始').fill('21:30')
  await p.press('保存')
  await p.see('已保存')
  await p.page.reload()
  assert.equal(await p.page.getByLabel('免打扰开始').inputValue(), '21:30')
  await p.check()
})
