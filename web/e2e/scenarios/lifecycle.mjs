// A school from its team to registered hours, by the page alone, with everybody it takes.
import assert from 'node:assert/strict'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { pdf } from '../files.mjs'
import { password, Person, scenario } from '../person.mjs'

const points = ['B1', 'B2', 'B4']
const dossier = [
  '校长动员讲话稿', '教研组活动计划', '教师个人研修计划', '学校信息化管理制度与运作流程', '教师信息化应用选学选测办法', '教师信息化应用选学选测问题解决',
  '教师信息化应用能力测评结果分析', '教师信息化应用能力测评优秀作品', '学校信息化资源库建设目录', '校本应用考核自评报告', '校本应用考核评估报告',
]
// A new school of a district whose officials are of the demo.
const name = '实验第一小学'
const code = 'E2E-0001'
const people = [
  { role: '校长', name: '实验小学校长', login: 'e2e-principal' },
  { role: '学校管理员', name: '实验小学管理员', login: 'e2e-admin' },
  { role: '教师', name: '语文教师甲', login: 'e2e-t1' },
  { role: '教师', name: '语文教师乙', login: 'e2e-t2' },
]
const [principal, schoolAdmin, ...teachers] = people
const c = {}
let at
let district
let taken

// One after the other; where one fails the next ones cannot begin.
let broken
function step(name, act) {
  scenario(name, async (t) => {
    assert.ok(!broken, `not tried, because this failed: ${broken}`)
    broken = name
    await act(t)
    broken = undefined
  })
}

before(async () => {
  const admin = await Api.enter('admin')
  const { row } = await admin.find('closed')
  district = row.district
  taken = (await admin.get('/orgs/' + row.school.id)).code
  at = await admin.logins(district.id)
  await admin.admit(at.district, at.bureau)
})

step('the system administrator sets up a school', async (t) => {
  const p = await Person.enter(t, 'admin')
  await p.go(`/orgs?parent=${district.id}`)
  await p.press(`在${district.name}下新建学校`)
  const org = p.page.getByRole('dialog', { name: `在${district.name}下新建学校` })
  await org.getByLabel(/^名称/).fill(name)
  await org.getByLabel(/^代码/).fill(taken)
  await p.provoking(409, async () => {
    await p.press('新建', org)
    await org.getByRole('alert').first().waitFor()
  })
  await p.check()
  await org.getByLabel(/^代码/).fill(code)
  await org.getByRole('button', { name: '新建', exact: true }).click()
  await org.waitFor({ state: 'hidden' })
  await p.see(name)
})

step('the security administrator makes the accounts of its people', async (t) => {
  const p = await Person.enter(t, 'security-city')
  await p.go('/users')
  await p.press('新建用户')
  const user = p.page.getByRole('dialog', { name: '新建用户' })
  for (const u of people) {
    await user.getByLabel(/^姓名/).fill(u.name)
    await user.getByLabel(/^账号/).fill('admin')
    await p.choose('单位', name, name)
    await user.getByRole('checkbox', { name: u.role, exact: true }).check()
    if (u === principal) {
      await p.provoking(409, async () => {
        await p.press('新建', user)
        await user.getByRole('alert').first().waitFor()
      })
      await p.check()
    }
    await user.getByLabel(/^账号/).fill(u.login)
    await p.press('新建', user)
    u.once = await user.getByRole('code').innerText()
    if (u !== people.at(-1)) await p.press('再建一个', user)
  }
})

step('the city office drafts a cohort and opens it', async (t) => {
  const p = await Person.enter(t, 'office-city')
  await p.menu('批次')
  await p.press('起草批次')
  const dialog = p.page.getByRole('dialog', { name: '起草批次' })
  await dialog.getByLabel(/^名称/).fill('浏览器测试批次')
  await dialog.getByLabel(/^代码/).fill('E2E')
  const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
  await dialog.getByLabel(/^研修开始/).fill(day(60))
  await dialog.getByLabel(/^研修结束/).fill(day(0))
  await p.provoking([400, 409, 422], async () => {
    await p.press('起草', dialog)
    await dialog.getByRole('alert').first().waitFor()
  })
  await dialog.getByLabel(/^研修开始/).fill(day(0))
  await dialog.getByLabel(/^研修结束/).fill(day(60))
  await p.check()
  await p.press('起草', dialog)
  await p.page.getByRole('heading', { level: 1, name: '浏览器测试批次' }).waitFor()
  await p.press('加入学校…')
  await p.page.getByLabel('学校代码').fill(code)
  await p.press('加入 1 所')
  await p.see(name)
  await p.check()
  await p.press('开启批次')
  await p.page.getByRole('dialog', { name: '开启批次' }).getByRole('button', { name: '开启', exact: true }).click()
  const link = p.page.getByRole('region', { name: '批次内的学校' }).getByRole('link', { name })
  await link.waitFor({ timeout: 60_000 }) // by itself, once the case is open
  c.id = (await link.getAttribute('href')).split('/')[2]
})

/** Somebody at a tab of the case. */
async function enter(t, login, tab = '') {
  const p = await Person.enter(t, login)
  await p.go(`/cases/${c.id}${tab && '/' + tab}`)
  return p
}

async function stageIs(p, name) {
  await p.page.getByRole('list', { name: '项目环节' }).getByRole('listitem').and(p.page.locator('[aria-current=step]')).filter({ hasText: name }).waitFor()
}

step('the principal signs in for the first time and chooses a password', async (t) => {
  const p = await Person.enter(t, principal.login, { password: principal.once })
  await p.see('首次登录，请设置自己的密码')
  await p.check()
  await p.page.getByLabel('当前密码').fill(principal.once)
  await p.page.getByLabel('新密码', { exact: true }).fill('short')
  await p.page.getByLabel('再输一遍新密码').fill('shor')
  await p.see('两次输入的新密码不一致')
  await p.page.getByLabel('再输一遍新密码').fill('short')
  await p.provoking([400, 409, 422], async () => {
    await p.press('保存新密码')
    await p.page.getByRole('alert').getByText('代码').waitFor()
  })
  await p.page.getByLabel('新密码', { exact: true }).fill(password)
  await p.page.getByLabel('再输一遍新密码').fill(password)
  await p.press('保存新密码')
  await p.see('首次使用，请先阅读本系统如何处理您的个人信息')
  await p.check()
  await p.press('我已阅读')
  await p.page.getByRole('navigation', { name: '主菜单' }).waitFor()
  // The others did so elsewhere.
  for (const u of people.slice(1)) await (await Api.enter(u.login, u.once)).post('/me/password', { current: u.once, password })
})

step('the principal forms the team', async (t) => {
  const p = await enter(t, principal.login, 'team')
  await p.answers({ who: /等您办理|等待/, howLong: /个工作日|今天/, may: /提交团队/ })
  const members = [[principal, '校(园)长'], [schoolAdmin, '教学(教研)主任'], [teachers[0], '信息技术骨干']]
  for (const [u, duty] of members) {
    await p.choose('添加成员', u.name, u.name)
    await p.choose(`${u.name}的职责`, duty)
    await p.page.getByLabel(`${u.name}的责任分工`).fill(`负责${duty}的工作`)
  }
  const first = p.page.getByRole('listitem').filter({ has: p.page.getByLabel(`${principal.name}的职责`) })
  await first.getByRole('checkbox', { name: '首席信息官(CIO)' }).check({ force: true })
  await p.see('已自动保存')
  await p.check()
  await p.take('提交团队')
  await stageIs(p, '诊断评估')
})

step('the principal writes the diagnosis', async (t) => {
  const p = await enter(t, principal.login, 'diagnosis')
  await p.page.getByRole('radio', { name: '混合学习环境' }).check({ force: true })
  for (const box of await p.page.locator('main').getByRole('textbox').all()) await box.fill('网络与终端齐备，教师有基本的应用经验。')
  await p.see('已自动保存')
  await p.take('提交诊断')
  await stageIs(p, '两案编制')
})

step('the school administrator enters the roster', async (t) => {
  const p = await enter(t, schoolAdmin.login, 'training?part=roster')
  await p.press('录入教师')
  const dialog = p.page.getByRole('dialog', { name: '录入教师' })
  for (const u of teachers) await p.choose('选择教师', u.name, u.name)
  await dialog.getByLabel('任教学科（可以留空，之后逐人修改）').fill('语文')
  await dialog.getByRole('checkbox', { name: '专任教师' }).check()
  await p.check()
  await dialog.getByRole('button', { name: '录入 2 人' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await p.see('2 人，在岗专任教师 2 人')
})

step('the school administrator writes and hands in the plans', async (t) => {
  const p = await enter(t, schoolAdmin.login, 'plan')
  for (const part of ['学校信息化发展规划', '校本研修计划与考核方案(含考核细则)']) {
    await p.page.getByRole('textbox', { name: part }).fill(`${part}：以校本应用为导向，三年内实现常态化应用。`)
  }
  await p.see('各部分都已有内容')
  await p.check()
  await p.take('提交两案')
  await stageIs(p, '审核备案')
})

step('the district files the plans', async (t) => {
  const p = await enter(t, at.district, 'review')
  await p.answers({ who: /等您办理|审核两案/, howLong: /个工作日|今天/, may: /通过并备案/ })
  await p.check()
  await p.take('通过并备案')
  await p.see('已通过并备案')
})

step('the school sets the theme and forms a group', async (t) => {
  const p = await enter(t, schoolAdmin.login, 'training?part=theme')
  await stageIs(p, '校本研修')
  await p.page.getByLabel('主题', { exact: true }).fill('技术支持的课堂互动')
  await p.page.getByLabel('说明', { exact: true }).fill('聚焦课堂教学中的真实问题。')
  for (const code of [...points, 'G4']) await p.page.getByRole('checkbox', { name: new RegExp(`^${code} `) }).check()
  await p.press('保存主题与范围')
  await p.see('已保存')

  await p.go(`/cases/${c.id}/training?part=groups`)
  await p.press('新建教研组')
  const dialog = p.page.getByRole('dialog', { name: '新建教研组' })
  await dialog.getByLabel('名称').fill('语文组')
  await dialog.getByLabel('类别').fill('教研组')
  await p.choose('组长', teachers[0].name, teachers[0].name)
  await dialog.getByRole('button', { name: '保存' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await p.press('组员与教学案例 语文组')
  await p.choose('从未编组的教师中选择', teachers[1].name)
  await p.press('加入本组')
  await p.see('组员（2 人）')
  await p.check()
})

step('the group leader publishes activities and names who took part', async (t) => {
  const p = await enter(t, teachers[0].login, 'training?part=activities')
  for (const [kind, title] of [['线下活动', '专题工作坊'], ['线下活动', '成果分享'], ['研修作业', '教学设计']]) {
    await p.press('发布活动')
    const form = p.page.getByRole('form', { name: '发布活动' })
    await form.getByRole('radio', { name: new RegExp(`^${kind}`) }).check()
    await form.getByLabel('活动名称').fill(title)
    if (kind === '线下活动') await form.getByLabel('学时', { exact: true }).fill('10')
    await form.getByRole('button', { name: '发布', exact: true }).click()
    await form.waitFor({ state: 'hidden' })
  }
  for (const title of ['专题工作坊', '成果分享']) {
    await p.press(`参加情况 ${title}`)
    await p.press('全部 2 人')
    await p.press('登记参加')
    await p.see('2 人参加，2 人完成')
    await p.upload('选择佐证材料', [pdf('活动签到', title)])
    await p.see('活动签到.pdf')
    await p.press(`收起 ${title}`)
  }
  await p.check()
})

for (const n of [0, 1]) {
  step(`teacher ${n + 1} studies: hours, plan, points, evidence`, async (t) => {
    const p = await Person.enter(t, teachers[n].login)
    await p.go('/study')
    await p.answers({ who: /现在等谁/, howLong: /还剩|截止/, may: /还缺什么/ })
    await p.press('参加 教学设计')
    await p.page.getByRole('textbox', { name: /参与、体会与成果/ }).fill('完成一份融合信息技术的教学设计。')
    await p.press('提交并完成')
    await p.see('25/25 学时')

    await p.page.getByLabel('能力提升目标').fill('掌握三个能力点并用于课堂。')
    await p.upload('上传：个人提升计划', [pdf(`${teachers[n].name}教师信息技术应用能力提升计划`, p.login)])
    await p.page.getByRole('button', { name: '预览个人提升计划' }).waitFor()

    for (const code of points) await p.page.getByRole('checkbox', { name: new RegExp(`^${code} `) }).check()
    await p.press('保存选择')
    for (const code of points) {
      await p.upload(`上传：${code}提升总结`, [pdf(`${code}提升总结`, p.login + code)])
      await p.page.getByRole('button', { name: `预览${code}提升总结` }).waitFor()
      const card = p.page.getByRole('article').filter({ has: p.page.getByRole('heading', { name: new RegExp(`^${code} `) }) })
      await card.getByLabel('说明（现场教学展示请写明时间和内容）').fill('公开课现场展示。')
      await card.getByRole('button', { name: '提交实践证据' }).click()
      await card.getByText('待教研组审核').waitFor()
    }
    await p.see('过程性材料已经齐全')
    await p.check()
  })
}

/** Works a queue of practice evidence off. */
async function workOff(p, decision, count) {
  for (let left = count; left > 0; left--) {
    await p.page.getByRole('list', { name: '队列' }).getByRole('listitem').nth(left - 1).waitFor()
    await p.press(decision)
    await p.page.waitForFunction((n) => (document.querySelector('[aria-label="队列"]')?.children.length ?? 0) < n, left)
  }
}

step('the group leader reviews the practice', async (t) => {
  const p = await enter(t, teachers[0].login, 'assessment?part=review')
  await p.check()
  await workOff(p, '审核通过', 6)
})

step('the principal ends the training and grades the practice', async (t) => {
  const p = await enter(t, principal.login, 'training')
  await p.take('结束研修')
  await stageIs(p, '考核')
  await p.go(`/cases/${c.id}/assessment?part=grade`)
  await p.check()
  await workOff(p, '评为合格', 6)
  await p.see('2/2(100.00%)达标')
})

step('the school administrator passes the process materials and hands in the result', async (t) => {
  const p = await enter(t, schoolAdmin.login, 'assessment?part=initial')
  await p.press('选中已完成且待考核的 2 人')
  await p.press('评为通过')
  await p.see('已把 2 人评为通过')
  await p.check()
  const head = await enter(t, principal.login, 'assessment')
  await head.take('提交考核结果')
  await stageIs(head, '验收材料')
})

step('the bureau arranges the experts, who declare first', async (t) => {
  const p = await enter(t, at.bureau, 'scoring')
  for (const box of (await p.page.getByRole('checkbox', { name: /^选择 专家/ }).all()).slice(0, 3)) await box.check()
  await p.check()
  await p.press('安排并发出邀请')
  await p.see('已邀请，待答复')
})

let experts
step('the experts accept and declare', async (t) => {
  const bureau = await Api.enter(at.bureau)
  const view = await bureau.get('/cases/' + c.id)
  const city = await (await Api.enter('admin')).get('/users?role=expert&limit=100')
  experts = view.panel.members.map((m) => city.items.find((u) => u.id === m.user_id).login)
  assert.equal(experts.length, 3)
  for (const login of experts) {
    const p = await enter(t, login, 'scoring')
    await p.press('接受邀请')
    await p.see('回避声明')
    await p.check()
    await p.page.getByRole('radio', { name: /没有上述情形/ }).check()
    await p.press('声明无须回避，打开材料')
    await p.see('还不能打分')
  }
})

step('the school administrator hands in the dossier with the self-score', async (t) => {
  const p = await enter(t, schoolAdmin.login, 'dossier')
  await p.upload('选择多个文件', dossier.map((name) => pdf(name)))
  await p.press('上传 11 个文件', p.page.getByRole('dialog', { name: '确认每个文件是哪一项材料' }))
  await p.see('材料 15/15')
  await p.check()
  await p.page.getByRole('radio', { name: /^自评/ }).check({ force: true })
  await p.settled()
  const fields = p.page.locator('main').getByRole('textbox')
  for (const field of await fields.all()) {
    await field.fill(/\/ ([\d.]+)/.exec(await field.locator('..').innerText())[1])
  }
  await p.see('已自动保存')
  await p.check()
  await p.take('提交验收材料与自评')
  await stageIs(p, '专家打分')
})

step('the experts score by the keyboard alone', async (t) => {
  for (const login of experts) {
    const p = await enter(t, login, 'scoring')
    const rubric = p.page.getByRole('region', { name: '打分' })
    const fields = rubric.getByRole('textbox', { name: /^C\d+ (?!扣分原因)/ })
    await fields.first().focus()
    const count = await fields.count()
    for (let i = 0; i < count; i++) {
      const max = await p.page.evaluate(() => /\/ ([\d.]+)/.exec(document.activeElement.parentElement.innerText)[1])
      await p.page.keyboard.type(max)
      await p.page.keyboard.press('Enter')
    }
    await p.see(`已打分 ${count}/${count}`)
    if (login === experts[0]) await p.check()
    await p.take('提交打分')
    await p.see('您已提交打分')
  }
})

step('the bureau confirms, audits the hours and registers them', async (t) => {
  const p = await enter(t, at.bureau, 'result')
  await p.page.getByRole('radio', { name: '通过', exact: true }).check()
  await p.check()
  await p.take('确认：通过')
  await stageIs(p, '学时登记')
  await p.go('/cases/' + c.id)
  await p.page.getByRole('button', { name: '确认学时…' }).click({ timeout: 60_000 })
  await p.press('确认学时', p.page.getByRole('dialog', { name: '确认学时' }))
  await p.page.getByRole('button', { name: '登记学时…' }).click()
  const dialog = p.page.getByRole('dialog', { name: '登记学时' })
  await dialog.getByLabel('登记回执号（必填）').fill('JX-2026-0001')
  await p.check()
  await dialog.getByRole('button', { name: '登记学时', exact: true }).click()
  await p.see('已办结：考核通过')
  await p.go(`/cases/${c.id}/credits`)
  await p.see('全部登记，台账平衡')
  await p.check()
})

step('a teacher finds the registered hours', async (t) => {
  const p = await Person.enter(t, teachers[1].login)
  await p.go('/study')
  await p.see('已登记')
  await p.check()
})
