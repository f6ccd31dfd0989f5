// A lesson's video among the evidence plays in the page, from wherever one likes, and goes on
// when its short-lived address has ended.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before } from 'node:test'

import { Api } from '../api.mjs'
import { atEnd } from '../ending.mjs'
import { Person, scenario } from '../person.mjs'
import { mp4 } from '../video.mjs'

let admin, school
before(async () => {
  admin = await Api.enter('admin')
  school = await admin.find('training')
  await admin.admit(school.logins.school_admin)
})

scenario('a video among the evidence plays and is sought without reading all of it', async (t) => {
  const p = await Person.enter(t, school.logins.school_admin)
  const folder = mkdtempSync(join(tmpdir(), 'zhengxiao-video-'))
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }))
  const film = join(folder, '课例实录.mp4')
  writeFileSync(film, await mp4(p.page, 40, 16 << 20))
  const item = (await admin.get(`/cases/${school.id}/dossier`)).items.filter((i) => !i.source && !i.file).at(-1)
  const ranges = []
  let ended = false
  await p.page.route((u) => u.pathname.includes('/cases/') && u.searchParams.has('X-Amz-Signature'), async (route) => {
    if (route.request().resourceType() !== 'media') return route.continue()
    ranges.push(route.request().headers().range)
    return ended ? route.fulfill({ status: 403 }) : route.continue()
  })
  const answers = []
  p.page.on('response', (r) => r.request().resourceType() === 'media' && answers.push(r.status()))

  await p.go(`/cases/${school.id}/dossier`)
  const row = p.page.locator(`#item-${item.no}`)
  await row.locator('input[type=file]').first().setInputFiles(film)
  await row.getByRole('button', { name: /^预览/ }).click({ timeout: 60_000 })
  const video = p.page.locator('video')
  await p.page.waitForFunction(() => document.querySelector('video')?.readyState >= 2)
  assert.equal(await video.evaluate((v) => v.duration), 40)
  await p.check()
  await video.evaluate((v) => v.play())
  await p.page.waitForFunction(() => document.querySelector('video').currentTime > 0.3)
  await video.evaluate((v) => { v.currentTime = 30 })
  await p.page.waitForFunction(() => { const v = document.querySelector('video'); return !v.seeking && v.currentTime > 30.3 })
  assert.ok(answers.length > 1 && answers.every((s) => s === 206), `ranges were answered with ${answers}`)
  assert.ok(ranges.some((r) => Number(/bytes=(\d+)/.exec(r)[1]) > 6 << 20), `only ${ranges} were asked for`)

  // The address has ended: the player gets another and goes on where it was.
  const fresh = p.page.waitForRequest((r) => { ended &&= !r.url().includes('/download'); return r.url().includes('/download') })
  ended = true
  await p.provoking(403, async () => {
    await video.evaluate((v) => { v.currentTime = 10 })
    await fresh
    await p.page.waitForFunction(() => { const v = document.querySelector('video'); return v.currentTime > 10.3 && v.currentTime < 30 && !v.paused })
  })
  await p.check()
})
