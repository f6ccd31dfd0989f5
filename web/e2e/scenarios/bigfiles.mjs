// A video over a bad line: paused, cut off, the page closed in between, and in the end used
// for a second item without being sent again.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { atEnd } from '../ending.mjs'
import { Person, scenario } from '../person.mjs'

let admin, school
before(async () => {
  admin = await Api.enter('admin')
  school = await admin.find('training')
  await admin.admit(school.logins.school_admin)
})

const head = Buffer.from('\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom', 'latin1')

scenario('a large video outlives a pause, a lost line and a closed page, and serves two items', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'zhengxiao-video-'))
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }))
  const video = join(folder, '课例.mp4')
  const body = Buffer.concat([head, randomBytes((40 << 20) - head.length)])
  writeFileSync(video, body)
  const items = async () => (await admin.get(`/cases/${school.id}/dossier`)).items
  const [first, second] = (await items()).filter((i) => !i.source && !i.file)

  const p = await Person.enter(t, school.logins.school_admin)
  const line = await p.context.newCDPSession(p.page)
  const slow = (offline) => line.send('Network.emulateNetworkConditions', { offline, latency: 0, downloadThroughput: -1, uploadThroughput: 6 << 20 })
  await line.send('Network.enable')
  await p.go(`/cases/${school.id}/dossier`)
  await slow(false)
  const row = p.page.locator(`#item-${first.no}`)
  await row.locator('input[type=file]').first().setInputFiles(video)
  await row.getByText(/正在上传 [1-9]\d*% · .* \/ 40\.0 MB/).waitFor()
  await row.getByRole('button', { name: '暂停 课例.mp4' }).click()
  await row.getByText('已暂停，已传的部分会保留').waitFor()
  await p.check()
  await row.getByRole('button', { name: '继续 课例.mp4' }).click()
  await row.getByText(/正在上传 [2-9]\d% /).waitFor()
  await p.offline(async () => {
    await p.page.evaluate(() => new Promise((resolve) => (navigator.onLine ? window.addEventListener('offline', resolve, { once: true }) : resolve())))
  })
  await slow(false)
  await row.getByText(/正在上传 [4-9]\d% /).waitFor()
  p.online()
  await row.getByRole('button', { name: '暂停 课例.mp4' }).click()

  await p.page.reload()
  await p.settled()
  await row.getByText('“课例.mp4”（40.0 MB）没有传完').waitFor()
  await p.check()
  await row.getByLabel('选择同一文件继续：课例.mp4', { exact: true }).and(p.page.locator('input')).setInputFiles(video)
  await row.getByText(/第 1 版 · /).waitFor({ timeout: 60_000 })
  const sum = createHash('sha256').update(body).digest('hex')
  assert.equal((await items())[first.no - 1].file.sha256, sum)

  await p.page.getByRole('button', { name: `选用已有文件：${second.name}` }).click()
  await p.page.getByRole('dialog').getByRole('button', { name: '选用 课例.mp4' }).click()
  await p.page.locator(`#item-${second.no}`).getByText(`选用自第 ${first.no} 项的第 1 版`).waitFor()
  assert.equal((await items())[second.no - 1].file.sha256, sum)
  await p.check()
  await p.press(`取消选用：${second.name}`)
  await p.page.locator(`#item-${second.no}`).getByText(`选用自第`).waitFor({ state: 'detached' })
  assert.equal((await items())[second.no - 1].file, undefined)
})
