// Every page at 1440 and 390 px, into shots/: no serious finding, nothing wider than a phone.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'

import { Api } from '../api.mjs'
import { Person } from '../person.mjs'

const shots = new URL('../../shots/', import.meta.url).pathname
mkdirSync(shots, { recursive: true })

const wide = { width: 1440, height: 900 }
const phone = { width: 390, height: 844 }

/** Looks at the page as it is. */
async function look(t, p, name) {
  await t.test(name, async () => {
    try {
      await p.page.screenshot({ path: `${shots}${name}-1440.png`, fullPage: true })
      await p.check()
      await p.page.setViewportSize(phone)
      const width = await p.page.evaluate(() => document.documentElement.scrollWidth)
      await p.page.screenshot({ path: `${shots}${name}-390.png`, fullPage: true })
      assert.ok(width <= phone.width, `${p.page.url()} is ${width} px wide on a phone`)
    } finally {
      p.faults.length = 0
      await p.page.setViewportSize(wide)
    }
  })
}

/** The addresses of the links of a navigation. */
const links = (p, name) => p.page.getByRole('navigation', { name }).getByRole('link').evaluateAll((all) => all.map((a) => a.getAttribute('href')))

async function lookAtTabs(t, p, name, id) {
  await p.go('/cases/' + id)
  for (const path of await links(p, '项目内容')) {
    await p.go(path)
    await look(t, p, `${name}-${path.split('/')[3] ?? 'case'}`)
  }
}

const admin = await Api.enter('admin')
const training = await admin.find('training')
const district = await admin.logins(training.row.district.id)
const people = {
  sysadmin: 'admin', security_admin: 'security-city', audit_admin: 'audit-city', city_office: 'office-city', bureau: district.bureau, district: district.district, inspector: 'inspector-city', auditor: 'auditor-city',
  expert: 'expert-01', principal: training.logins.principal, school_admin: training.logins.school_admin,
  group_leader: training.logins.group_leader, teacher: training.logins.teacher,
}
await admin.admit(...Object.values(people))

// No test before the last await: the browser is closed when all that is known has run.
test('signing in', async (t) => {
  const p = await Person.come(t)
  await p.page.goto(process.env.ZX_E2E_BASE + '/login')
  await p.settled()
  await look(t, p, 'login')
})

for (const [role, login] of Object.entries(people)) {
  test(`the pages of ${role}`, async (t) => {
    const p = await Person.enter(t, login)
    for (const path of await links(p, '主菜单')) {
      await p.go(path)
      await look(t, p, role + path.replace(/\W+/g, '-'))
    }
    await p.go('/password')
    if (role === 'teacher') await look(t, p, 'password')
  })
}

// Each stage as those see it on whom it waits, and two whole cases.
const stages = ['team', 'diagnosis', 'planning', 'filing', 'assessment', 'dossier', 'scoring', 'confirmation', 'crediting']
for (const stage of stages) {
  test(`a case in ${stage}`, async (t) => {
    const c = await admin.find(stage)
    const at = { ...(await admin.logins(c.row.district.id)), ...c.logins, expert: 'expert-01', city_office: 'office-city' }
    await admin.admit(at[c.row.waiting_role])
    const p = await Person.enter(t, at[c.row.waiting_role])
    await p.go('/cases/' + c.id)
    await look(t, p, `stage-${stage}`)
    const desk = p.page.getByRole('link', { name: /^去办理/ }).first()
    if (await desk.count()) {
      await desk.click()
      await p.settled()
      await look(t, p, `stage-${stage}-desk`)
    }
  })
}
test('every tab of a case in training, for its school', async (t) => {
  await lookAtTabs(t, await Person.enter(t, training.logins.school_admin), 'training', training.id)
})
test('every tab of a closed case, for the auditors, in the dark', async (t) => {
  const c = await admin.find('closed', { result: 'passed' })
  const p = await Person.enter(t, 'auditor-city', { colorScheme: 'dark' })
  await lookAtTabs(t, p, 'closed-dark', c.id)
})
