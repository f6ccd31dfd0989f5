// Each role signs in, finds what the first screen owes it, and does its typical work, with
// one mistake on the way.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { pdf } from '../files.mjs'
import { Person, scenario } from '../person.mjs'

let admin
const at = {} // a case by stage, with the logins of its school and district

before(async () => {
  admin = await Api.enter('admin')
  for (const stage of ['training', 'assessment', 'diagnosis', 'filing', 'dossier', 'scoring', 'confirmation']) {
    const c = await admin.find(stage)
    c.logins = { ...(await admin.logins(c.row.district.id)), ...c.logins }
    at[stage] = c
  }
  const { training: t, assessment: a, diagnosis: d, filing: f, dossier: o, confirmation: n } = at
  await admin.admit(t.logins.group_leader, a.logins.school_admin, d.logins.principal, f.logins.district, o.logins.school_admin, n.logins.bureau, 'inspector-city', 'auditor-city')
})

scenario('teacher: takes part in an activity; a course above the limit is refused', async (t) => {
  const { items } = await admin.get('/users?' + new URLSearchParams({ org_id: at.training.school.id, role: 'teacher', limit: '200' }))
  const login = items.map((u) => u.login).sort().at(-1) // the last ones have not begun
  await admin.admit(login)
  const p = await Person.enter(t, login)
  assert.match(p.page.url(), /\/study/)
  await p.answers({ who: /现在等谁/, howLong: /个工作日|截止/, may: /还缺什么/ })
  const join = p.page.getByRole('button', { name: /^参加 / }).first()
  const title = (await join.getAttribute('aria-label')).replace('参加 ', '')
  await join.click()
  await p.page.getByRole('textbox', { name: /参与、体会与成果/ }).fill('按时参加，有收获。')
  await p.press('提交并完成')
  const done = p.page.getByRole('button', { name: /连同已完成的一起看/ }) // while others are still to be done
  if (await done.count()) await done.click()
  await p.page.getByRole('row').filter({ hasText: title }).getByText('已完成').waitFor()
  await p.page.getByLabel('课程名称').fill('人工智能与教育')
  await p.page.getByLabel('学时', { exact: true }).fill('12')
  await p.provoking([409, 422], async () => {
    await p.press('选学这门课程')
    await p.page.getByRole('alert').getByText('代码').waitFor()
  })
  await p.check()
})

scenario('group leader: publishes an activity; more than 10 hours are refused', async (t) => {
  const p = await Person.enter(t, at.training.logins.group_leader)
  await p.answers({ who: /现在等谁/, howLong: /个工作日|截止/, may: /还缺什么/ })
  await p.go(`/cases/${at.training.id}/training?part=activities`)
  await p.press('发布活动')
  const form = p.page.getByRole('form', { name: '发布活动' })
  await form.getByRole('radio', { name: /^线下活动/ }).check()
  await form.getByLabel('活动名称').fill('课例研讨')
  await form.getByLabel('学时', { exact: true }).fill('11')
  await p.provoking([400, 409, 422], async () => {
    await form.getByRole('button', { name: '发布', exact: true }).click()
    await form.getByRole('alert').waitFor()
  })
  await p.check()
  await form.getByLabel('学时', { exact: true }).fill('2')
  await form.getByRole('button', { name: '发布', exact: true }).click()
  await form.waitFor({ state: 'hidden' })
  await p.see('课例研讨')
})

scenario('school administrator: reviews process materials; a file that is not what it says is refused', async (t) => {
  const a = await Person.enter(t, at.assessment.logins.school_admin)
  await a.answers({ who: /待办|等您/, howLong: /个工作日|今天|没有/, may: /组织校本应用考核|没有等您办理/ })
  await a.go(`/cases/${at.assessment.id}/assessment?part=initial`)
  await a.page.getByRole('button', { name: / 不通过$/ }).first().click()
  const dialog = a.page.getByRole('dialog', { name: /评为不通过/ })
  assert.ok(await dialog.getByRole('button', { name: '确定' }).isDisabled(), 'a reason is asked for')
  await dialog.getByRole('textbox').fill('提升总结与能力点不符，请重写。')
  await a.press('确定', dialog)
  await a.see('已把 1 人评为不通过')
  await a.check()

  const p = await Person.enter(t, at.dossier.logins.school_admin)
  await p.go(`/cases/${at.dossier.id}/dossier`)
  await p.answers({ who: /等您办理|等待/, howLong: /个工作日|今天/, may: /验收材料|提交/ })
  await p.provoking([400, 409, 422], async () => {
    const slot = p.page.getByLabel(/^(上传|更换)：校长动员讲话稿$/).and(p.page.locator('input[type=file]'))
    await slot.setInputFiles([{ name: '讲话.pdf', mimeType: 'application/pdf', buffer: Buffer.from('没有人会相信这是一份 PDF') }])
    await p.page.getByText(/不是|不符|无法/).filter({ visible: true }).first().waitFor()
  })
  await p.check()
  await p.page.getByLabel(/^(上传|更换)：校长动员讲话稿$/).and(p.page.locator('input[type=file]')).setInputFiles([pdf('校长动员讲话稿', String(Date.now()))])
  await p.see('校长动员讲话稿.pdf')
})

scenario('principal: writes the diagnosis; the text is kept, and what is missing is said', async (t) => {
  const p = await Person.enter(t, at.diagnosis.logins.principal)
  await p.answers({ who: /待办/, howLong: /个工作日|今天/, may: /提交诊断评估/ })
  await p.go(`/cases/${at.diagnosis.id}/diagnosis`)
  await p.answers({ who: /等您办理/, howLong: /个工作日|今天/, may: /提交诊断|请在下方办理/ })
  const box = p.page.locator('main').getByRole('textbox').first()
  await box.fill('网络与终端齐备。')
  await p.see('已自动保存')
  await p.see(/还未填写/)
  await p.check()
  await p.page.reload()
  await p.settled()
  assert.equal(await p.page.locator('main').getByRole('textbox').first().inputValue(), '网络与终端齐备。')
})

scenario('district: returns the plans with reasons against their parts', async (t) => {
  const p = await Person.enter(t, at.filing.logins.district)
  await p.answers({ who: /待办/, howLong: /逾期|个工作日|今天/, may: /审核两案/ })
  await p.page.getByRole('link', { name: /审核两案/ }).first().click()
  await p.settled()
  await p.go(`/cases/${at.filing.id}/review`)
  await p.page.getByRole('radio', { name: '退回', exact: true }).check({ force: true })
  assert.ok(await p.page.getByRole('button', { name: /^退回到/ }).isDisabled(), 'reasons are asked for')
  await p.check()
  await p.press('添加一条理由')
  await p.choose('理由1针对的部分', '学校信息化发展规划')
  await p.page.getByRole('textbox', { name: '理由1', exact: true }).fill('年度目标没有量化，请补充。')
  await p.take(await p.page.getByRole('button', { name: /^退回到/ }).innerText())
  await p.see(/已退回到/)
  await p.check()
})

scenario('expert: scores; points above the most are refused on the spot, the draft is kept', async (t) => {
  await admin.admit(at.scoring.logins.bureau) // who alone sees the panel
  const view = await (await Api.enter(at.scoring.logins.bureau)).get('/cases/' + at.scoring.id)
  const { items } = await admin.get('/users?role=expert&limit=100')
  const ready = view.panel.members.find((m) => m.status === 'ready')
  const login = items.find((u) => u.id === ready.user_id).login
  await admin.admit(login)
  const p = await Person.enter(t, login)
  await p.answers({ who: /待办/, howLong: /个工作日|今天/, may: /专家打分/ })
  await p.go(`/cases/${at.scoring.id}/scoring`)
  const field = p.page.getByRole('region', { name: '打分' }).getByRole('textbox', { name: /^C1 (?!扣分原因)/ })
  await field.fill('99')
  await p.see(/应为 0 至/)
  await p.check()
  await field.fill('2.5')
  await p.page.getByRole('textbox', { name: 'C1 扣分原因' }).fill('年度计划不够具体。')
  await p.see('已自动保存')
  await p.page.reload()
  await p.settled()
  assert.equal(await field.inputValue(), '2.5')
})

scenario('bureau: asks for rectification, with what and until when', async (t) => {
  const p = await Person.enter(t, at.confirmation.logins.bureau)
  await p.answers({ who: /待办/, howLong: /逾期|个工作日|今天/, may: /确认/ })
  await p.go(`/cases/${at.confirmation.id}/result`)
  await p.page.getByRole('radio', { name: '整改', exact: true }).check()
  assert.ok(await p.page.getByRole('button', { name: '确认：整改' }).isDisabled(), 'items and a date are asked for')
  await p.check()
  await p.page.getByLabel('整改要求 1 针对的材料').selectOption('5')
  await p.page.getByRole('textbox', { name: '整改要求 1', exact: true }).fill('讲话稿请附签发日期。')
  await p.page.getByLabel(/整改期限/).fill(new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10))
  await p.take('确认：整改')
  await p.page.getByRole('list', { name: '项目环节' }).locator('[aria-current=step]').filter({ hasText: '验收材料' }).waitFor()
})

scenario('city office: from a figure to the list behind it, to the school and whom to call', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.answers({ who: /待办/, howLong: /期限|没有/, may: /待办/ })
  await p.menu('看板')
  const figure = p.page.getByRole('region', { name: '环节与区' }).getByRole('link', { name: /^校本研修 合计 \d+ 所$/ })
  const count = Number(await figure.innerText())
  await p.check()
  await figure.click()
  await p.settled()
  assert.match(p.page.url(), /\/board\?.*stage=training/)
  const rows = p.page.getByRole('region', { name: '督办台账' }).getByRole('button', { name: /缺什么、联系谁/ })
  assert.equal(await rows.count(), count)
  await rows.first().click()
  await p.see('联系谁')
  await p.check()
  const download = p.page.waitForEvent('download')
  await p.page.getByRole('button', { name: '导出', exact: true }).click()
  assert.match((await download).suggestedFilename(), /\.xlsx$/)
  await p.page.getByLabel('学校名称').fill('没有这样的学校')
  await p.see('没有符合条件的学校')
})

scenario('inspector: records a visit; one in the future is refused', async (t) => {
  const p = await Person.enter(t, 'inspector-city')
  await p.go('/cases/' + at.training.id)
  await p.answers({ who: /等待/, howLong: /个工作日|期限/, may: /催办|抄送/ })
  await p.tab('进校指导')
  const hour = (n) => new Date(Date.now() + n * 3_600_000 + 8 * 3_600_000).toISOString().slice(0, 16)
  await p.page.getByLabel('指导时间').fill(hour(72))
  await p.page.getByLabel('指导主题').fill('课例打造')
  await p.page.getByLabel('指导内容').fill('听课两节，与教研组座谈。')
  await p.provoking([400, 409, 422], async () => {
    await p.press('登记')
    await p.page.getByRole('alert').getByText('代码').waitFor()
  })
  await p.check()
  await p.page.getByLabel('指导时间').fill(hour(-2))
  await p.press('登记')
  await p.page.getByRole('heading', { name: '课例打造' }).waitFor()
})

scenario('auditor: reads a closed case and the log, and can change nothing', async (t) => {
  const c = await admin.find('closed', { result: 'passed' })
  const p = await Person.enter(t, 'auditor-city')
  await p.go('/cases/' + c.id)
  await p.answers({ who: /已办结/, howLong: /办结，内容只读/, may: /内容只读，可查看和打印/ })
  await p.tab('全程记录')
  await p.check()
  await p.menu('操作日志')
  await p.page.getByLabel('学校', { exact: true }).first().fill(c.school.name)
  await p.page.keyboard.press('Enter')
  await p.page.getByRole('region', { name: '操作日志' }).getByRole('link', { name: c.school.name }).first().waitFor()
  await p.check()
})

scenario('system administrator: reconciles', async (t) => {
  const p = await Person.enter(t, 'admin')
  await p.answers({ who: /待办/, howLong: /期限|没有/, may: /待办|没有等您办理/ })
  await p.menu('对账')
  await p.press('核对')
  await p.page.getByText(/全部一致/).waitFor({ timeout: 60_000 })
  await p.check()
})

scenario('security administrator: disables and enables an account', async (t) => {
  const p = await Person.enter(t, 'security-city')
  await p.menu('用户')
  await p.page.getByLabel('姓名、账号或身份证号末几位').fill('auditor-city')
  await p.page.keyboard.press('Enter')
  await p.page.getByRole('region', { name: '用户' }).getByRole('row').filter({ hasText: 'auditor-city' }).getByRole('link').first().click()
  await p.settled()
  for (const [act, state] of [['停用', '停用'], ['启用', '启用']]) {
    await p.take(act)
    await p.page.getByRole('definition').getByText(state, { exact: true }).waitFor()
  }
  await p.check()
})
