// An office shares its work: claims, hands over, urges a school, sends copies, lets a
// colleague stand in, and urges many schools at once.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { password, Person, scenario } from '../person.mjs'

const mark = String(Date.now()).slice(-6)
const colleague = { login: `duty-${mark}`, name: `值班员${mark}` }
let filing // a plan that an office has to review
let training // a school that others wait for
let office
let bureau

before(async () => {
  const admin = await Api.enter('admin')
  filing = await admin.find('filing')
  training = await admin.find('training')
  const district = filing.row.district.id
  ;({ district: office, bureau } = await admin.logins(district))
  await admin.admit(office, bureau, training.logins.school_admin, training.logins.principal, (await admin.logins(training.row.district.id)).district)
  training.office = (await admin.logins(training.row.district.id)).district
  const made = await (await Api.enter('security-city')).post('/users', { ...colleague, org_id: district, roles: ['district'] })
  await (await Api.enter(colleague.login, made.password)).post('/me/password', { current: made.password, password })
})

function task(p, name) {
  return p.page.getByRole('region', { name: '当前等待' }).getByRole('button', { name })
}

scenario('office: claims a task from the inbox, and hands it over to a colleague', async (t) => {
  const p = await Person.enter(t, office)
  await p.go('/inbox')
  await p.page.getByRole('button', { name: `认领：${filing.school.name}`, exact: false }).first().click()
  await p.see('已由您认领')
  await p.check()
  await p.go(`/cases/${filing.id}`)
  await p.see('已由您认领')
  await task(p, /^转办/).click()
  const dialog = p.page.getByRole('dialog', { name: '转办' })
  await p.choose('接办人', new RegExp(colleague.name))
  await dialog.getByLabel(/交接说明/).fill('请接着审核')
  await p.check()
  await p.press('转办', dialog)
  await dialog.waitFor({ state: 'hidden' })
  await p.see(`已由${colleague.name}认领`)

  await p.go('/inbox?others=1')
  await p.see(`已由${colleague.name}认领`)
  const c = await Person.enter(t, colleague.login)
  await c.go('/inbox')
  await c.see('已由您认领')
  await c.go(`/cases/${filing.id}/timeline`)
  await c.see(`转给 ${colleague.name}`)
  await c.go(`/cases/${filing.id}`)
  await task(c, /^取消认领/).click()
  await c.page.getByText('已由您认领').waitFor({ state: 'detached' })
})

scenario('office: urges a school, which is told', async (t) => {
  const p = await Person.enter(t, training.office)
  await p.go(`/cases/${training.id}`)
  await task(p, /^催办/).first().click()
  const dialog = p.page.getByRole('dialog', { name: '催办' })
  await dialog.getByLabel(/催办的话/).fill('请抓紧研修')
  await p.press('催办', dialog)
  await dialog.waitFor({ state: 'hidden' })
  await p.see('已催办 1 次')
  await p.see('请抓紧研修')
  await p.check()
  // Once a day is enough, and the page says so beforehand.
  await p.see(/今天已催办过 1 次/)

  const school = await Person.enter(t, training.logins[training.row.waiting_role] ?? training.logins.school_admin)
  await school.go('/notices')
  await school.see(/催办/)
  await school.go(`/cases/${training.id}`)
  await school.see('已催办 1 次')
})

scenario('office: sends a copy, and sees that it was read', async (t) => {
  const p = await Person.enter(t, office)
  await p.go(`/cases/${filing.id}`)
  await p.page.getByRole('button', { name: '抄送…' }).click()
  const dialog = p.page.getByRole('dialog', { name: '抄送' })
  await p.choose('抄送给', new RegExp(colleague.name), colleague.name)
  await dialog.getByLabel(/附言/).fill('请知悉')
  await p.press('抄送', dialog)
  await dialog.waitFor({ state: 'hidden' })
  await p.see(/1 人次，0 已读/)

  const c = await Person.enter(t, colleague.login)
  await c.go('/inbox?box=copies')
  await c.see('抄送我的 1 未读')
  await c.see('请知悉')
  await c.check()
  await c.page.getByRole('button', { name: `标为已读：${filing.school.name}` }).click()
  await c.see(/已读$/)
  await p.go(`/cases/${filing.id}`)
  await p.see(/1 人次，1 已读/)
})

scenario('office: lets a colleague stand in; both are told on every page', async (t) => {
  const p = await Person.enter(t, office)
  await p.go('/delegations')
  await p.page.getByRole('button', { name: '委托同事代办' }).click()
  const dialog = p.page.getByRole('dialog', { name: '委托同事代办' })
  await p.choose('受托人', new RegExp(colleague.name))
  await dialog.getByLabel('到', { exact: false }).last().fill(new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10))
  await dialog.getByLabel(/理由/).fill('出差')
  await p.check()
  await p.press('委托', dialog)
  await dialog.waitFor({ state: 'hidden' })
  await p.page.getByRole('region', { name: '正在生效的委托' }).getByText(`已委托${colleague.name}代办`).waitFor()
  await p.check()

  const c = await Person.enter(t, colleague.login)
  await c.go('/inbox')
  await c.page.getByRole('region', { name: '正在生效的委托' }).getByText('您正在代').waitFor()

  await p.page.getByRole('button', { name: /^提前结束：/ }).click()
  await p.page.getByRole('dialog', { name: '提前结束' }).getByRole('button', { name: '提前结束' }).click()
  await p.page.getByRole('region', { name: '正在生效的委托' }).waitFor({ state: 'detached' })
})

scenario('city office: urges many schools at once and sees what became of each', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.go('/board')
  const boxes = p.page.getByRole('checkbox', { name: /^选择：/ })
  const n = Math.min(await boxes.count(), 6)
  for (let i = 0; i < n; i++) await boxes.nth(i).check()
  await p.check()
  await p.press('批量催办', p.page.getByRole('region', { name: '批量办理' }))
  const dialog = p.page.getByRole('dialog', { name: /^批量催办/ })
  await dialog.getByLabel(/催办的话/).fill('请按期办理')
  await p.check()
  await dialog.getByRole('button', { name: /^催办 \d+ 项$/ }).click()
  const outcomes = dialog.getByRole('region', { name: '每项的结果' })
  await dialog.getByRole('status').getByText(/已催办 \d+ 项/).waitFor()
  assert.equal(await outcomes.getByRole('row').count(), n + 1, 'every row has its outcome')
  await p.check()
  await p.press('完成', dialog)
})
