// The bureau sets up how hours are registered, compares the books, and sees of each
// teacher what keeps a record from being sent.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { Person, scenario } from '../person.mjs'

let c
let bureau
let teacher // whose hours are sent

before(async () => {
  const admin = await Api.enter('admin')
  c = await admin.find('crediting')
  const above = await admin.logins(c.row.district.id)
  bureau = above.bureau
  teacher = c.logins.teacher
  await admin.admit(bureau, c.logins.school_admin, teacher)
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

scenario('a file with ID numbers is given out for a purpose, and those in it see who took it', async (t) => {
  // Nobody of the demo has a name of letters only and an ID number; without, hours are not sent.
  const [own, security] = [await Api.enter(teacher), await Api.enter('security-city')]
  for (const right of [{ field: 'id_number', value: '11010519491231002X' }, { field: 'name', value: '教师甲' }]) {
    const asked = await own.post('/me/data-requests', { kind: 'correct', words: '没有登记', ...right })
    await security.post(`/privacy/requests/${asked.id}/answer`, { status: 'met', answer: '已登记' })
  }
  const p = await Person.enter(t, bureau)
  await p.go(`/cases/${c.id}`)
  await p.page.getByRole('button', { name: '确认学时…' }).click()
  await p.press('确认学时', p.page.getByRole('dialog', { name: '确认学时' }))
  await p.menu('学时登记')
  await p.press('报送全部已确认学时')
  await p.see(/已编成一批，共 \d+ 条/)
  await p.press('报送批次')
  const batch = p.page.getByRole('table', { name: '报送批次' }).getByRole('row').filter({ hasText: '待报送' }).first()
  await batch.getByRole('button', { name: '下载报送文件' }).click()
  const dialog = p.page.getByRole('dialog', { name: '下载报送文件' })
  const take = dialog.getByRole('button', { name: '下载', exact: true })
  await dialog.getByLabel('具体事由').fill('报送')
  assert.ok(await take.isDisabled(), 'not without a reason')
  await p.page.setViewportSize({ width: 390, height: 844 })
  await p.check()
  await p.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await p.page.setViewportSize({ width: 1440, height: 900 })
  await batch.getByRole('button', { name: '下载报送文件' }).click()
  assert.equal(await dialog.getByLabel('具体事由').inputValue(), '', 'asked anew')
  await dialog.getByLabel('具体事由').fill('报送本期学时')
  const [file] = await Promise.all([p.page.waitForEvent('download'), take.click()])
  assert.match(file.suggestedFilename(), /^学时登记\.xlsx$/)
  await dialog.waitFor({ state: 'detached' })
  await p.page.getByRole('table', { name: '报送批次' }).getByText('待回执').first().waitFor()
  await p.check()

  const one = await Person.enter(t, teacher)
  await one.go('/account/personal')
  await one.page.getByRole('table', { name: '谁看过' }).getByText('报送本期学时').waitFor()
  await one.check()
})

scenario('the school sees what waits and why', async (t) => {
  const p = await Person.enter(t, c.logins.school_admin)
  await p.go(`/cases/${c.id}/registry`)
  await p.page.getByRole('heading', { name: '待报送' }).waitFor()
  await p.page.getByRole('heading', { name: '登记记录' }).waitFor()
  assert.equal(await p.page.getByRole('button', { name: '报送' }).count(), 0, 'the bureau sends')
  await p.check()
})
