// The 隐私政策: for everybody before signing in, read once by each person before anything
// else; who looks after personal data sees who has read it.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { base, password, Person, scenario } from '../person.mjs'

const phone = { width: 390, height: 844 }
const tag = String(Date.now()).slice(-6)
const fresh = { login: `fresh-${tag}`, name: `新教师${tag}` }
let once

before(async () => {
  const security = await Api.enter('security-city')
  const { school } = await (await Api.enter('admin')).find('training')
  once = (await security.post('/users', { ...fresh, org_id: school.id, roles: ['teacher'] })).password
})

/** Nothing is wider than the screen. */
async function fits(p) {
  const over = await p.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  assert.ok(over <= 0, `${p.page.url()} is ${over} px wider than the screen`)
}

scenario('the policy is open to everybody, on a phone, too', async (t) => {
  const p = await Person.come(t)
  await p.page.goto(base + '/privacy-policy')
  await p.settled()
  await p.see('保存期限')
  await p.check()
  await p.page.setViewportSize(phone)
  await fits(p)
  await p.check()
})

async function row(p) {
  await p.go('/privacy/acknowledgements?view=people&q=' + fresh.login)
  const found = p.page.getByRole('table', { name: '隐私政策阅读情况' }).getByRole('row').filter({ hasText: fresh.name })
  await found.waitFor()
  return found
}

scenario('who has not read it is listed, reads it after the first password, and is asked once', async (t) => {
  const office = await Person.enter(t, 'security-city')
  await (await row(office)).getByText('未阅读', { exact: true }).waitFor()
  await office.check()

  const p = await Person.come(t, { viewport: phone })
  await p.page.goto(base + '/login')
  await p.signIn(fresh.login, once)
  await p.page.getByLabel('当前密码').waitFor()
  assert.equal(await p.page.getByRole('dialog', { name: '隐私政策' }).count(), 0, 'one thing at a time: the password first')
  await p.page.getByLabel('当前密码').fill(once)
  await p.page.getByLabel('新密码', { exact: true }).fill(password)
  await p.page.getByLabel('再输一遍新密码').fill(password)
  await p.page.getByRole('button', { name: '保存新密码' }).click()
  const policy = p.page.getByRole('dialog', { name: '隐私政策' })
  await policy.getByRole('button', { name: '我已阅读' }).waitFor()
  await p.calm()
  await p.page.keyboard.press('Escape')
  assert.ok(await policy.isVisible(), 'it is not put away unread')
  await fits(p)
  await p.check()
  await policy.getByRole('button', { name: '我已阅读' }).click()
  await policy.waitFor({ state: 'hidden' })
  await p.settled()
  await p.page.reload()
  await p.settled()
  assert.equal(await policy.isVisible(), false, 'it is asked once')

  await (await row(office)).getByText('已阅读', { exact: true }).waitFor()
  await office.go('/privacy/acknowledgements')
  await office.see('版本')
  await office.page.setViewportSize(phone)
  await fits(office)
  await office.check()
})

scenario('what a version says can be shown later, to the office and to who read it', async (t) => {
  const office = await Person.enter(t, 'security-city')
  await office.go('/privacy/acknowledgements?view=versions')
  const versions = office.page.getByRole('table', { name: '隐私政策各版本' })
  const inForce = versions.getByRole('row').filter({ hasText: '现行' })
  await inForce.waitFor()
  await office.check()
  await office.page.setViewportSize(phone)
  await fits(office)
  const version = (await inForce.getByRole('link').textContent()).trim()
  await inForce.getByRole('link').click()
  await office.page.getByRole('heading', { name: `隐私政策 ${version}` }).waitFor()
  await office.see('与前一版相比')
  await office.see('您的权利')
  await fits(office)
  await office.check()

  const p = await Person.enter(t, fresh.login)
  await p.go('/account/personal')
  await p.page.getByRole('link', { name: `您确认读过的版本（${version}）` }).click()
  await p.page.getByRole('heading', { name: `隐私政策 ${version}` }).waitFor()
  await p.see('现行')
  await p.check()
})

scenario('who does not want to go on signs out unread', async (t) => {
  const security = await Api.enter('security-city')
  const { school } = await (await Api.enter('admin')).find('training')
  const other = { login: `other-${tag}`, name: `另一教师${tag}` }
  const first = (await security.post('/users', { ...other, org_id: school.id, roles: ['teacher'] })).password
  await (await Api.enter(other.login, first)).post('/me/password', { current: first, password })
  const p = await Person.enter(t, other.login, { unread: true })
  const policy = p.page.getByRole('dialog', { name: '隐私政策' })
  await policy.getByRole('button', { name: '退出登录' }).click()
  await p.page.waitForURL('**/login**')
  await p.page.getByLabel('账号', { exact: true }).waitFor()
  await policy.waitFor({ state: 'hidden' }) // a dialog that closes is there for some frames yet
})
