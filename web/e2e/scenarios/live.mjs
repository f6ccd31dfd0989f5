// What one page does reaches the others; interruptions lose nothing.
import assert from 'node:assert/strict'

import { Api } from '../api.mjs'
import { password, Person, scenario } from '../person.mjs'
import { startProxy } from '../proxy.mjs'

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
  const dialog = p.page.getByRole('dialog', { name: '登录已结束，请重新登录' })
  await dialog.waitFor()
  await p.check()
  await dialog.getByLabel('密码', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: '登录', exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
  await p.see('实时')
  await p.menu('待办')
})

scenario('without a line the page says so and goes on by itself', async (t) => {
  const admin = await Api.enter('admin')
  const c = await admin.find('filing')
  const p = await Person.enter(t, 'office-city')
  await p.see('实时')
  await p.offline(async () => {
    await p.page.getByRole('radio', { name: '已办' }).check({ force: true })
    await p.page.getByRole('alert').getByText('没有连上服务器').waitFor()
  })
  await p.page.getByText('没有连上服务器').first().waitFor({ state: 'hidden' })
  p.online()
  await p.go('/cases/' + c.id)
  await p.see(c.school.name)
})
