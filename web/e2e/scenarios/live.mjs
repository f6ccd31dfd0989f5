// What one page does reaches the others; interruptions lose nothing.
import assert from 'node:assert/strict'

import { Api } from '../api.mjs'
import { password, Person, scenario } from '../person.mjs'
import { startProxy } from '../proxy.mjs'

const admin = await Api.enter('admin')
const dialog = (p) => p.page.getByRole('dialog', { name: '登录已结束，请重新登录' })
const out = async (p) => {
  await p.page.getByRole('button', { name: '账号与身份' }).click()
  await p.page.getByRole('menuitem', { name: '退出登录' }).click()
}

scenario('tabs share one stream, sign out together and in together', async (t) => {
  const proxy = await startProxy(t)
  const p = await Person.enter(t, 'inspector-city', { base: proxy.base })
  await p.see('实时')
  const second = await p.context.newPage()
  await second.goto(proxy.base + '/inbox')
  await second.getByText('实时', { exact: true }).waitFor()
  assert.equal(proxy.count('/api/v1/live'), 1)

  await out(p)
  await p.page.waitForURL('**/login')
  await second.waitForURL('**/login')
  await p.signIn('inspector-city', password)
  await p.page.waitForURL((u) => u.pathname !== '/login', { waitUntil: 'commit' })
  await second.waitForURL((u) => u.pathname !== '/login', { waitUntil: 'commit' })
  await second.getByText('实时', { exact: true }).waitFor()
  assert.equal(proxy.count('/api/v1/live'), 2)
})

scenario('somebody else who signs in takes over every tab', async (t) => {
  const p = await Person.enter(t, 'inspector-city')
  const second = await p.context.newPage()
  await second.goto(new URL('/login', p.page.url()).href)
  await second.getByLabel('账号', { exact: true }).fill('auditor-city')
  await second.getByLabel('密码', { exact: true }).fill(password)
  await second.getByRole('button', { name: '登录', exact: true }).click()
  await p.page.getByRole('button', { name: '账号与身份' }).getByText('· 评估中心').waitFor()
})

scenario('a session that ends asks to sign in again, and the request goes through', async (t) => {
  const p = await Person.enter(t, 'inspector-city')
  await p.see('实时')
  await p.context.request.delete(new URL('/api/v1/sessions/current', p.page.url()).href)
  await dialog(p).waitFor()
  await p.check()
  await dialog(p).getByLabel('密码', { exact: true }).fill(password)
  await dialog(p).getByRole('button', { name: '登录', exact: true }).click()
  await dialog(p).waitFor({ state: 'hidden' })
  await p.see('实时')
  await p.menu('待办')
})

scenario('what is typed outlives the session and the line', async (t) => {
  const c = await admin.find('diagnosis')
  await admin.admit(c.logins.principal)
  const p = await Person.enter(t, c.logins.principal)
  await p.go(`/cases/${c.id}/diagnosis`)
  const [strengths, weaknesses] = await p.page.locator('main').getByRole('textbox').all()

  await p.see('实时')
  await p.provoking(401, async () => {
    await p.context.request.delete(new URL('/api/v1/sessions/current', p.page.url()).href)
    await strengths.pressSequentially('会话结束以后写的字')
    await dialog(p).waitFor()
  })
  await dialog(p).getByLabel('密码', { exact: true }).fill(password)
  await dialog(p).getByRole('button', { name: '登录', exact: true }).click()
  await dialog(p).waitFor({ state: 'hidden' })
  assert.match(await strengths.inputValue(), /会话结束以后写的字$/)
  await strengths.fill('会话结束以后写的字')
  await p.see('已自动保存')

  await p.offline(async () => {
    await weaknesses.fill('断线以后写的字')
    await p.see('没有连上服务器')
  })
  await p.page.getByText('没有连上服务器').first().waitFor({ state: 'hidden' })
  await p.see('已自动保存')
  p.online()
  await p.page.reload()
  await p.settled()
  assert.deepEqual([await strengths.inputValue(), await weaknesses.inputValue()], ['会话结束以后写的字', '断线以后写的字'])
})

scenario('a decision in one browser appears in another', async (t) => {
  const c = await admin.find('diagnosis')
  await admin.admit(c.logins.principal)
  const watching = await Person.enter(t, 'office-city')
  await watching.go('/cases/' + c.id)
  await watching.see('实时')
  const p = await Person.enter(t, c.logins.principal)
  await p.go(`/cases/${c.id}/diagnosis`)
  await p.page.getByRole('radio', { name: '智慧学习环境' }).check({ force: true })
  for (const box of await p.page.locator('main').getByRole('textbox').all()) await box.fill('已经核实。')
  await p.see('已自动保存')
  await p.take('提交诊断')
  await watching.page.getByRole('list', { name: '项目环节' }).locator('[aria-current=step]').filter({ hasText: '两案编制' }).waitFor({ timeout: 5000 })
})

scenario('an action that takes longer is said to be accepted, and ends by itself', async (t) => {
  const c = await admin.find('planning')
  await admin.admit(c.logins.school_admin)
  const p = await Person.enter(t, c.logins.school_admin)
  let asked = 0
  await p.context.route('**/actions/plan.submit', (route) => route.continue({ headers: { ...route.request().headers(), prefer: 'respond-async' } }))
  // The answer is still on its way when it is asked for the first time.
  await p.context.route('**/api/v1/actions/*', async (route) => {
    if (asked++ > 0) return route.continue()
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), status: 'pending' } })
  })
  await p.go(`/cases/${c.id}/plan`)
  for (const part of await p.page.getByRole('textbox').and(p.page.locator('textarea')).all()) await part.fill('以校本应用为导向，三年内实现常态化应用。')
  await p.see('各部分都已有内容')
  await p.page.getByRole('button', { name: '提交两案', exact: true }).click()
  await p.page.getByRole('dialog', { name: '提交两案' }).getByRole('button', { name: '提交两案' }).click()
  await p.see(/已受理/)
  await p.page.getByRole('list', { name: '项目环节' }).locator('[aria-current=step]').filter({ hasText: '审核备案' }).waitFor()
  await p.page.getByText(/已受理/).first().waitFor({ state: 'hidden' })
  assert.ok(asked >= 2, 'the page asked until it was decided')
})
