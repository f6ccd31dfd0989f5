// Signing in and out, the frame around every page, and what must survive an interruption.
import assert from 'node:assert/strict'

import { password, Person, scenario } from '../person.mjs'

scenario('a wrong password is answered in words, and the account may try again', async (t) => {
  const p = await Person.come(t)
  await p.page.goto((process.env.ZX_E2E_BASE) + '/projects')
  await p.page.waitForURL('**/login?to=/projects')
  await p.check()
  await p.provoking(401, async () => {
    await p.signIn('inspector-city', 'wrong')
    await p.page.getByRole('alert').getByText('代码').waitFor()
  })
  assert.equal(await p.page.getByLabel('账号', { exact: true }).inputValue(), 'inspector-city')
  await p.check()
  await p.signIn('inspector-city', password)
  await p.page.waitForURL('**/projects')
})

scenario('the frame works with the keyboard, in the dark and on a phone', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.page.keyboard.press('Tab')
  await p.page.getByRole('link', { name: '跳到正文' }).and(p.page.locator(':focus')).waitFor()
  await p.page.keyboard.press('Enter')
  await p.page.locator('main:focus').waitFor()
  await p.page.getByRole('button', { name: '切换深色与浅色' }).click()
  await p.check()
  await p.page.reload()
  await p.settled()
  assert.ok(await p.page.locator('html.dark').count(), 'the choice is kept')
  await p.page.setViewportSize({ width: 390, height: 844 })
  await p.page.getByRole('button', { name: '打开菜单' }).click()
  await p.page.getByRole('dialog', { name: '菜单' }).getByRole('link', { name: '待办' }).waitFor()
  await p.check()
})

scenario('an address that is no page says so', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.page.goto(new URL('/no/such/page', p.page.url()).href)
  await p.see('没有这个页面')
  await p.check()
  await p.provoking(404, async () => {
    await p.page.goto(new URL('/cases/01900000-0000-7000-8000-000000000000', p.page.url()).href)
    await p.see('没有找到')
    await p.see('实时') // having begun to listen, the page reads everything once more
    await p.calm()
  })
  await p.check()
})
