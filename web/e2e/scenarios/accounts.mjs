// How people get in, stay in and see where they are in: devices, second factor, password,
// wrong guesses, and signing in through a provider.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { base, password, Person, scenario } from '../person.mjs'
import { totp } from '../totp.mjs'

const phone = { viewport: { width: 390, height: 844 } }
let abroad // with several devices
let careful // with a second factor
let guessed

// People whom no other scenario needs: what happens to their accounts lasts.
before(async () => {
  const admin = await Api.enter('admin')
  const c = await admin.find('training')
  const { items } = await admin.get('/users?' + new URLSearchParams({ org_id: c.school.id, role: 'teacher', limit: '50' }))
  const others = items.map((u) => u.login).filter((login) => !Object.values(c.logins).includes(login))
  assert.ok(others.length >= 3, 'the school has enough teachers')
  ;[abroad, careful, guessed] = others
  await admin.admit(abroad, careful, guessed)
})

async function signOut(p) {
  await p.page.getByRole('button', { name: '账号与身份' }).click()
  await p.page.getByRole('menuitem', { name: '退出登录' }).click()
  await p.page.waitForURL('**/login')
  await p.settled()
}

/** Nothing is wider than the screen. */
async function fits(p) {
  const over = await p.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  assert.ok(over <= 0, `${p.page.url()} is ${over} px wider than the screen`)
}

scenario('people see where they are signed in, and end it there', async (t) => {
  const here = await Person.enter(t, abroad)
  const there = await Person.enter(t, abroad, phone)
  await here.go('/account')
  const devices = here.page.getByRole('table', { name: '登录' })
  await devices.getByText('正在使用').waitFor()
  await here.check()
  await there.go('/account')
  await fits(there)
  await there.check()
  await here.page.getByRole('button', { name: '退出其他全部登录' }).click()
  await here.see('已退出其他设备上的全部登录')
  await here.calm()
  assert.equal(await devices.getByRole('button', { name: /^退出/ }).count(), 0, 'this is the only one left')
  await there.provoking(401, async () => {
    await there.page.getByRole('link', { name: '修改密码' }).click()
    await there.page.goto(base + '/tasks')
    await there.page.waitForURL('**/login?to=/tasks')
  })
})

scenario('nothing of a person is left in the browser once they have signed out', async (t) => {
  const p = await Person.enter(t, abroad)
  await p.page.getByRole('button', { name: '切换深色与浅色' }).click()
  // As forms keep what was typed and not sent.
  const me = await p.page.evaluate(async () => (await (await fetch('/api/v1/me')).json()).id)
  await p.page.evaluate((id) => localStorage.setItem(`zx.draft.${id}.opinion`, '"还没有交的意见"'), me)
  await p.page.getByRole('button', { name: '账号与身份' }).click()
  await p.page.getByRole('menuitem', { name: '退出登录' }).click()
  await p.see('还有 1 处填写的内容没有提交')
  await p.check()
  await p.page.getByRole('button', { name: '先不退出' }).click()
  assert.equal(await p.page.evaluate((id) => localStorage.getItem(`zx.draft.${id}.opinion`), me), '"还没有交的意见"')
  await p.page.getByRole('button', { name: '账号与身份' }).click()
  await p.page.getByRole('menuitem', { name: '退出登录' }).click()
  await p.page.getByRole('button', { name: '退出并清除' }).click()
  await p.page.waitForURL('**/login')
  await p.settled()
  assert.deepEqual(await p.page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((k) => k.startsWith('zx.'))), ['zx.theme'])
  assert.ok(await p.page.locator('html.dark').count(), 'how the page looks is no secret')
})

scenario('a page whose session has ended is not shown until its owner is back', async (t) => {
  const p = await Person.enter(t, abroad)
  await p.go('/account')
  const api = await Api.enter(abroad)
  await p.provoking(401, async () => {
    await api.del('/me/sessions')
    await p.page.evaluate(async () => (await fetch('/api/v1/me')).text())
    await p.page.getByRole('dialog', { name: /登录已结束/ }).waitFor()
    await p.calm()
  })
  assert.ok(await p.page.getByRole('heading', { name: '我的账号', includeHidden: true }).isHidden())
  await p.check()
  await p.page.getByRole('dialog', { name: /登录已结束/ }).locator('input[name=password]').fill(password)
  await p.page.getByRole('dialog', { name: /登录已结束/ }).getByRole('button', { name: '登录', exact: true }).click()
  await p.page.getByRole('heading', { name: '我的账号' }).waitFor()
  await p.calm()
})

scenario('a second factor is set up, asked for, and replaced by a recovery code', async (t) => {
  const p = await Person.enter(t, careful)
  await p.go('/account')
  await p.press('启用')
  const secret = await p.page.locator('form code').innerText()
  await p.page.getByRole('img', { name: '验证器应用的二维码' }).waitFor()
  await p.check()
  await p.provoking([401, 422], async () => {
    await p.page.locator('input[name=code]').fill('000000')
    await p.page.getByRole('button', { name: '确认启用' }).click()
    await p.see('验证码')
    await p.calm()
  })
  await p.page.locator('input[name=code]').fill(totp(secret))
  await p.page.getByRole('button', { name: '确认启用' }).click()
  await p.see('恢复码：')
  const codes = await p.page.locator('.codes code').allInnerTexts()
  assert.ok(codes.length >= 8, 'enough for a lost telephone')
  await p.check()
  await p.press('已妥善保存')
  await p.see('已启用')
  await signOut(p)

  await p.provoking(401, async () => {
    await p.signIn(careful, password)
    await p.page.locator('input[name=code]').waitFor()
  })
  await p.check()
  await p.page.setViewportSize(phone.viewport)
  await fits(p)
  await p.page.locator('input[name=code]').fill(totp(secret, 1)) // one is good once
  await p.page.getByRole('button', { name: '登录', exact: true }).click()
  await p.page.waitForURL((u) => u.pathname !== '/login')
  await p.settled()
  await p.page.setViewportSize({ width: 1440, height: 900 })
  await signOut(p)

  await p.provoking(401, async () => {
    await p.signIn(careful, password)
    await p.page.locator('input[name=code]').fill(codes[0])
  })
  await p.page.getByRole('button', { name: '登录', exact: true }).click()
  await p.page.waitForURL((u) => u.pathname !== '/login')
  await p.go('/account')
  await p.see(`还有 ${codes.length - 1} 个恢复码`)
  await p.page.getByRole('button', { name: '停用' }).click()
  await p.page.getByRole('dialog', { name: '停用动态验证码' }).getByRole('button', { name: '停用' }).click()
  await p.see('启用后，登录除密码外还要输入')
})

scenario('a password is changed, and what is wrong with one is said', async (t) => {
  const p = await Person.enter(t, abroad)
  await p.go('/account')
  await p.page.getByRole('link', { name: '修改密码' }).click()
  await p.page.getByRole('heading', { name: '修改密码' }).waitFor()
  const fill = async (current, next, again = next) => {
    await p.page.locator('input[name=current]').fill(current)
    await p.page.locator('input[name=new]').fill(next)
    await p.page.locator('input[name=repeat]').fill(again)
  }
  const save = p.page.getByRole('button', { name: '保存新密码' })
  await fill(password, 'Xin#Mima-2026', 'Xin#Mima-2027')
  await p.see('两次输入的新密码不一致')
  assert.ok(await save.isDisabled())
  await p.check()
  for (const [current, next, says] of [[password, 'short', /至少|不少于/], ['Wrong#2026x', 'Xin#Mima-2026', /当前密码/], [password, password, /不能|不同|用过/]]) {
    await p.provoking([401, 403, 409, 422], async () => {
      await fill(current, next)
      await save.click()
      await p.page.getByRole('alert').getByText(says).first().waitFor()
      await p.calm()
    })
  }
  await fill(password, 'Xin#Mima-2026')
  await save.click()
  await p.see('密码已修改')
  await p.settled()
  await signOut(p)
  await p.signIn(abroad, 'Xin#Mima-2026')
  await p.page.waitForURL((u) => u.pathname !== '/login')
  await p.settled()
})

scenario('an account is linked at a provider, signed in through it, and proves itself again', async (t) => {
  const p = await Person.enter(t, 'inspector-city')
  await p.go('/account')
  await p.press('绑定')
  await p.see('已绑定，以后可以由此登录')
  await p.page.getByRole('button', { name: '解除绑定' }).waitFor()
  await p.check()
  await signOut(p)
  await p.page.setViewportSize(phone.viewport)
  await p.check()
  await fits(p)
  await p.page.getByRole('button', { name: '用“教育云”登录' }).click()
  await p.page.waitForURL((u) => u.origin === new URL(base).origin && !['/login', '/sso'].includes(u.pathname))
  await p.settled()
  await p.page.setViewportSize({ width: 1440, height: 900 })

  // Who was signed in at the provider for long has proved nothing here: the dialog asks.
  await p.go('/account')
  await p.provoking(403, async () => {
    await p.page.getByRole('button', { name: '解除绑定' }).click()
    await p.page.getByRole('dialog', { name: '解除绑定' }).getByRole('button', { name: '解除' }).click()
    await p.page.getByRole('dialog', { name: '请再次验证本人' }).waitFor()
  })
  const dialog = p.page.getByRole('dialog', { name: '请再次验证本人' })
  await dialog.getByRole('button', { name: '在“教育云”上验证' }).waitFor()
  await p.check()
  await p.provoking([401, 403, 422], async () => {
    await dialog.locator('input[name=proof]').fill('Wrong#2026x')
    await dialog.getByRole('button', { name: '验证并继续' }).click()
    await dialog.getByText('密码').nth(1).waitFor()
    await p.calm()
  })
  // What the provider let in goes with the link.
  await p.provoking(401, async () => {
    await dialog.getByRole('button', { name: '在“教育云”上验证' }).click()
    await p.see('已解除绑定')
    await p.page.getByRole('dialog', { name: /登录/ }).locator('input[name=password]').waitFor()
  })
})

scenario('wrong guesses lock an account, and the page says for how long', async (t) => {
  const p = await Person.come(t)
  await p.page.goto(base + '/login')
  await p.provoking([401, 429], async () => {
    for (let i = 0; i < 5; i++) {
      await p.signIn(guessed, `Wrong#2026-${i}`)
      await p.page.getByRole('alert').getByText(/不正确|锁定/).first().waitFor()
      await p.calm()
    }
    await p.signIn(guessed, password)
    await p.page.getByRole('alert').getByText(/账号已暂时锁定，请\d+分钟后再试/).waitFor()
  })
  await p.check()
})
