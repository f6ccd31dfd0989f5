// A district hands in a sheet with mistakes, takes the good rows and the passwords; a school
// asks to change its frozen roster, and its district consents.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { Person, scenario } from '../person.mjs'

let training // a case whose roster is frozen, with the logins of its school and district

before(async () => {
  const admin = await Api.enter('admin')
  const c = await admin.find('training')
  training = { ...c, logins: { ...(await admin.logins(c.row.district.id)), ...c.logins } }
  training.code = (await admin.get(`/orgs/${c.school.id}`)).code
  await admin.admit(training.logins.district, training.logins.school_admin)
})

scenario('district: imports a sheet, first dry, then its good rows', async (t) => {
  const p = await Person.enter(t, training.logins.district)
  await p.go('/imports')
  await p.check()
  const mark = String(Date.now()).slice(-6)
  const sheet = `学校代码,账号,姓名,学科\n${training.code},imp${mark},导入一,语文\n${training.code},bad${mark},,数学\n`
  await p.page.locator('input[type=file]').setInputFiles({ name: '教师名册.csv', mimeType: 'text/csv', buffer: Buffer.from(sheet) })
  await p.page.getByText('共 2 行：将新建 1，将更新 0，不变 0，有错误 1。').waitFor()
  await p.page.getByRole('row').filter({ hasText: '第 3 行' }).getByText('姓名未填').waitFor()
  await p.check()
  const errors = p.page.waitForEvent('download')
  await p.press('下载错误表')
  await p.page.getByLabel('具体事由').fill('更正后重新上传')
  await p.press('下载')
  assert.match((await errors).suggestedFilename(), /错误表.*\.xlsx$/)
  await p.press('只导入正确的 1 行')
  await p.press('写入')
  await p.page.getByText('共 2 行：新建 1，更新 0，不变 0，有错误 1。').waitFor()
  const passwords = p.page.waitForEvent('download')
  await p.press('下载初始密码（只此一次）')
  await p.page.getByLabel('具体事由').fill('分发给新教师')
  await p.press('下载')
  assert.match((await passwords).suggestedFilename(), /初始密码.*\.xlsx$/)
  await p.page.getByRole('button', { name: /下载初始密码/ }).waitFor({ state: 'detached' })
})

scenario('school and district: a frozen roster changes by request and consent', async (t) => {
  const school = await Person.enter(t, training.logins.school_admin)
  await school.go(`/cases/${training.id}/training?part=roster`)
  const ask = school.page.getByRole('button', { name: /^申请变更 / }).last()
  const name = (await ask.getAttribute('aria-label')).replace('申请变更 ', '')
  await ask.click()
  await school.page.getByLabel('任教学科').fill('人工智能')
  await school.page.getByLabel('理由（必填）').fill('转教学科')
  await school.press('提出申请')
  await school.page.getByRole('region', { name: '名册变更申请' }).getByText('待答复').first().waitFor()
  await school.check()

  const district = await Person.enter(t, training.logins.district)
  await district.go('/roster-requests')
  await district.check()
  await district.page.getByRole('button', { name: `答复 ${name}` }).first().click()
  await district.press('同意')
  await district.page.getByRole('button', { name: `答复 ${name}` }).waitFor({ state: 'detached' })
})

scenario('district: files what it has learned itself of a frozen roster, kept in the record', async (t) => {
  const p = await Person.enter(t, training.logins.district)
  await p.go(`/cases/${training.id}/training?part=roster`)
  const button = p.page.getByRole('button', { name: /^变更在岗状态 / }).last()
  const name = (await button.getAttribute('aria-label')).replace('变更在岗状态 ', '')
  const row = p.page.getByRole('table', { name: '教师名册列表' }).getByRole('row').filter({ hasText: name })
  const count = p.page.getByText(/^名册已在备案时冻结（专任教师 \d+ 人）/)
  const filed = Number((await count.innerText()).match(/专任教师 (\d+) 人/)[1])
  for (const [word, reason, left] of [['请假', '产假', filed - 1], ['在岗', '提前返岗', filed]]) {
    await row.getByRole('button', { name: `变更在岗状态 ${name}` }).click()
    await p.page.getByRole('dialog').getByLabel('在岗状态').selectOption({ label: word })
    await p.page.getByLabel('理由（必填）').fill(reason)
    if (word === '请假') await p.check()
    await p.press('变更')
    await p.page.getByRole('dialog').waitFor({ state: 'detached' })
    await row.getByText(reason).waitFor()
    await p.page.getByText(`专任教师 ${left} 人`).first().waitFor()
  }
  await p.go(`/cases/${training.id}/timeline`)
  const entry = p.page.getByRole('listitem').filter({ hasText: '变更名册' }).filter({ hasText: '产假' }).first()
  await entry.getByText(`教师 ${name}`).waitFor()
  await entry.getByText('改为请假').waitFor()
})
