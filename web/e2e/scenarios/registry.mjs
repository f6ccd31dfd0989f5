// The bureau sets up how hours are registered, compares the books, and sees of each
// teacher what keeps a record from being sent.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { Person, scenario } from '../person.mjs'

let c
let bureau

before(async () => {
  const admin = await Api.enter('admin')
  c = await admin.find('crediting')
  const above = await admin.logins(c.row.district.id)
  bureau = above.bureau
  await admin.admit(bureau, c.logins.school_admin)
})

scenario('the bureau sets up the registry and compares the books', async (t) => {
  const p = await Person.enter(t, bureau)
  await p.menu('学时登记')
  const books = p.page.getByRole('table', { name: '学时登记对账' })
  await books.getByText(c.school.name).first().waitFor()
  await p.check()
  await p.press('登记设置')
  await p.page.getByLabel('项目编号').fill('XM-2026')
  await p.press('保存')
  await p.see('登记设置已保存。')
  await p.calm()
  await p.check()
  for (const part of ['报送批次', '登记记录', '冲正', '无法对应的回执']) {
    await p.press(part)
    await p.settled()
    await p.check()
  }
})

scenario('the school sees what waits and why', async (t) => {
  const p = await Person.enter(t, c.logins.school_admin)
  await p.go(`/cases/${c.id}/registry`)
  await p.page.getByRole('heading', { name: '待报送' }).waitFor()
  await p.page.getByRole('heading', { name: '登记记录' }).waitFor()
  assert.equal(await p.page.getByRole('button', { name: '报送' }).count(), 0, 'the bureau sends')
  await p.check()
})
