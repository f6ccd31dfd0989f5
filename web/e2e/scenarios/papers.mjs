// The papers of a case are previewed as they will be printed and saved; every list can be
// saved as a workbook.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { Person, scenario } from '../person.mjs'

let admin
let passed

before(async () => {
  admin = await Api.enter('admin')
  const [row] = await admin.cases('closed', { state: 'closed', result: 'passed' })
  passed = { id: row.case_id, school: row.school, logins: await admin.logins(row.school.id), above: await admin.logins(row.district.id) }
  await admin.admit(passed.logins.school_admin, passed.logins.teacher, passed.above.bureau)
})

/** What a click saves: its name and first bytes. */
async function saved(p, button) {
  const download = p.page.waitForEvent('download')
  await button.click()
  const file = await download
  return { name: file.suggestedFilename(), head: readFileSync(await file.path()).subarray(0, 5).toString('latin1') }
}

scenario('the school reads and saves its papers', async (t) => {
  const p = await Person.enter(t, passed.logins.school_admin)
  await p.go(`/cases/${passed.id}`)
  await p.tab('公文与表格')
  const rows = await p.page.getByRole('table', { name: '公文与表格' }).getByRole('row').count()
  assert.ok(rows >= 7, `${rows} rows`)
  await p.page.getByRole('button', { name: '预览 学时登记表' }).click()
  const drawer = p.page.getByRole('dialog', { name: '学时登记表' })
  await drawer.locator('canvas').first().waitFor()
  await p.calm()
  await p.check()
  const pdf = await saved(p, drawer.getByRole('button', { name: '下载 PDF' }))
  assert.match(pdf.name, new RegExp(`^学时登记表-${passed.school.name}-\\d{4}-\\d\\d-\\d\\d\\.pdf$`))
  assert.equal(pdf.head, '%PDF-')
  await p.page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'hidden' })
  const word = await saved(p, p.page.getByRole('button', { name: '下载 考核结果通知 Word（可编辑）' }))
  assert.match(word.name, /^考核结果通知-.*\.docx$/)
  assert.ok(word.head.startsWith('PK'))
  assert.equal(await p.page.getByRole('button', { name: '下载 备案回执 Word（可编辑）' }).count(), 0, 'a record is not for editing')
})

scenario('a paper that is not there yet says why', async (t) => {
  const c = await admin.find('training')
  const logins = await admin.logins(c.row.district.id)
  await admin.admit(logins.district)
  const p = await Person.enter(t, logins.district)
  await p.go(`/cases/${c.id}/papers`)
  const row = p.page.getByRole('row').filter({ hasText: '考核结果通知' })
  await row.getByText('尚未生成').waitFor()
  await row.getByText(/考核结果还没有确认/).waitFor()
  assert.equal(await row.getByRole('button').count(), 0)
  await p.check()
})

scenario('papers are not for teachers', async (t) => {
  const p = await Person.enter(t, passed.logins.teacher)
  await p.go(`/cases/${passed.id}`)
  assert.equal(await p.page.getByRole('navigation', { name: '项目内容' }).getByRole('link', { name: '公文与表格' }).count(), 0)
})

scenario('lists are saved as workbooks', async (t) => {
  const p = await Person.enter(t, 'admin')
  for (const [path, name] of [['/users?q=校长', '用户'], ['/orgs', '组织'], ['/events', '操作日志'], [`/cases/${passed.id}/credits`, '学时台账']]) {
    await p.go(path)
    const file = await saved(p, p.page.getByRole('button', { name: '导出', exact: true }))
    assert.match(file.name, new RegExp(`^${name}-\\d{4}-\\d\\d-\\d\\d\\.xlsx$`), path)
    assert.ok(file.head.startsWith('PK'), path)
    await p.check()
  }
})
