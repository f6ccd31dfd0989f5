import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { open, slowDown } from './browser.mjs'
import { atEnd } from './ending.mjs'

export const base = process.env.ZX_E2E_BASE ?? 'http://127.0.0.1:8080'
/** Of every demo account. */
export const password = 'Xiaoben#Yanxiu-25'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
// What holds on any machine holds on a slow one: ZX_E2E_SLOW=4 makes pages so many times slower.
const slowness = Number(process.env.ZX_E2E_SLOW ?? 1)
const patience = 15_000 * slowness

// One browser for the scenarios of a file.
let browser
after(() => browser?.close())

const shots = fileURLToPath(new URL('../shots/', import.meta.url))
mkdirSync(shots, { recursive: true })

/** A test whose pages are pictured in shots/ where it fails. */
export function scenario(name, act) {
  test(name, async (t) => {
    try {
      await act(t)
    } catch (e) {
      for (const [i, p] of (people.get(t) ?? []).entries()) {
        await p.page.screenshot({ path: `${shots}failed-${name.replace(/\W+/g, '-').slice(0, 60)}-${i}.png`, fullPage: true }).catch(() => undefined)
      }
      throw e
    }
  })
}
const people = new WeakMap()

/** Somebody with a browser profile of their own. Whatever they do, the page must not report
 * an error nor ask a foreign host; `check` adds the rules of accessibility. */
export class Person {
  faults = []
  #provoked
  #quiet = false
  #running = new Set()

  constructor(context) {
    this.context = context
    context.on('request', (r) => {
      this.#host(r.url())
      // That a worker's script has arrived is told to the worker alone.
      if (['fetch', 'xhr', 'script'].includes(r.resourceType()) && !/worker[^/]*\.js/i.test(r.url())) this.#running.add(r)
    })
    for (const end of ['requestfinished', 'requestfailed']) context.on(end, (r) => this.#running.delete(r))
    context.on('console', (m) => m.type() === 'error' && this.#console(m))
    context.on('weberror', (e) => this.faults.push(`page error: ${e.error().stack}`))
  }

  /** A new person; faults fail the test at its end. */
  static async come(t, options = {}) {
    browser ??= await open()
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', acceptDownloads: true, ...options,
    })
    context.setDefaultTimeout(patience)
    const p = new Person(context)
    atEnd(t, async () => {
      await context.close()
      assert.deepEqual(p.faults, [], 'the pages must not report errors')
    })
    p.page = await context.newPage()
    if (slowness > 1) await slowDown(p.page, slowness)
    people.set(t, [...(people.get(t) ?? []), p])
    return p
  }

  /** A new person who has signed in through the page, and read the 隐私政策 unless `unread`. */
  static async enter(t, login, options = {}) {
    const p = await Person.come(t, options)
    p.login = login
    await p.page.goto((options.base ?? base) + '/login')
    await p.signIn(login, options.password ?? password)
    const refused = p.page.getByRole('alert').waitFor().then(async () => assert.fail(`${login}: ${await p.page.getByRole('alert').innerText()}`))
    refused.catch(() => undefined)
    await Promise.race([refused, p.page.waitForURL((u) => u.pathname !== '/login', { waitUntil: 'commit' })])
    await p.settled()
    if (!options.unread) await p.readPolicy()
    return p
  }

  /** Reads the 隐私政策 where that is asked first. */
  async readPolicy() {
    const policy = this.page.getByRole('dialog', { name: '隐私政策' })
    if (!(await policy.isVisible())) return
    await policy.getByRole('button', { name: '我已阅读' }).click()
    await policy.waitFor({ state: 'hidden' })
    await this.settled()
  }

  async signIn(login, secret) {
    await this.page.getByLabel('账号', { exact: true }).fill(login)
    await this.page.getByLabel('密码', { exact: true }).fill(secret)
    await this.page.getByRole('button', { name: '登录', exact: true }).click()
  }

  async go(path) {
    await this.page.goto(new URL(path, this.page.url()).href)
    await this.settled()
  }

  /** Follows an entry of the sidebar. */
  async menu(title) {
    await this.page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: title }).click()
    await this.settled()
  }

  /** Follows a tab of the case page. */
  async tab(title) {
    await this.page.getByRole('navigation', { name: '项目内容' }).getByRole('link', { name: title }).click()
    await this.settled()
  }

  /** The page has its heading and everything it asked for. */
  async settled() {
    await this.page.getByRole('heading', { level: 1 }).first().waitFor()
    await this.calm()
  }

  /** Every answer is in and shown. */
  async calm() {
    // Nothing under way, twice in a row: an answer may ask for the next.
    const until = Date.now() + patience
    for (let calm = 0; calm < 2; calm = this.#running.size > 0 ? 0 : calm + 1) {
      assert.ok(Date.now() < until, `${this.page.url()} still waits for ${[...this.#running].map((r) => r.url())}`)
      await this.page.waitForFunction(() => !document.querySelector('[aria-label="正在加载"]'))
      await this.page.waitForTimeout(60)
    }
  }

  /** Clicks what does something and waits for what it brings. */
  async press(name, within = this.page) {
    await within.getByRole('button', { name, exact: true }).click()
    await this.settled()
  }

  /** Clicks an action and agrees to what the page says will happen. */
  async take(name) {
    await this.page.getByRole('button', { name, exact: true }).click()
    const dialog = this.page.getByRole('dialog', { name, exact: true })
    await dialog.getByRole('button', { name, exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
    await this.settled()
  }

  /** Chooses from a list that opens; `typed` narrows it first. */
  async choose(label, option, typed) {
    const box = this.page.getByRole('combobox', { name: label, exact: true })
    await box.click({ force: true }) // what is chosen lies over it
    if (typed) await box.fill(typed)
    await this.page.getByRole('option', { name: option }).filter({ visible: true }).first().click()
    await this.page.keyboard.press('Escape')
  }

  /** Uploads to the slot of this name. */
  async upload(label, files) {
    await this.page.getByLabel(label, { exact: true }).and(this.page.locator('input[type=file]')).setInputFiles(files)
  }

  async see(text, options = {}) {
    await this.page.getByText(text, options).filter({ visible: true }).first().waitFor()
  }

  /** The first screen says who must act, how long there is, and what this person may do. */
  async answers({ who, howLong, may }) {
    for (const [question, text] of Object.entries({ who, howLong, may })) {
      const found = this.page.getByText(text).filter({ visible: true }).or(this.page.getByRole('button', { name: text })).or(this.page.getByRole('link', { name: text })).first()
      await found.waitFor().catch(() => assert.fail(`${this.login} at ${this.page.url()}: ${question} is not answered by ${text}`))
      const box = await found.boundingBox()
      assert.ok(box && box.y < this.page.viewportSize().height, `${question} (${text}) is below the first screen`)
    }
  }

  /** No serious finding of axe on the page as it is now. */
  async check() {
    const found = await this.page.evaluate(`${axe}; axe.run(document, { resultTypes: ['violations'] })`)
    // Element Plus leaves a closed list's last option named as active; nothing reads it there.
    const known = (n) => /aria-activedescendant/.test(n.failureSummary) && /aria-expanded="false"/.test(n.html)
    const bad = found.violations
      .filter((v) => ['serious', 'critical'].includes(v.impact))
      .map((v) => ({ ...v, nodes: v.nodes.filter((n) => !known(n)) }))
      .filter((v) => v.nodes.length > 0)
    assert.deepEqual(
      bad.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.failureSummary.split('\n').slice(1).join(';')}`).join(' | ')}`),
      [], `accessibility of ${this.page.url()}`,
    )
    assert.deepEqual(this.faults, [], `errors of ${this.page.url()}`)
  }

  /** Does what the server is meant to refuse; it must. */
  async provoking(status, act) {
    this.#provoked = { status: [status].flat(), met: 0 }
    await act()
    const { met } = this.#provoked
    this.#provoked = undefined
    assert.ok(met > 0, `the server should have refused with ${status}`)
  }

  /** Opens an address that the server must not show; the page says so. */
  async refused(status, path) {
    await this.provoking(status, async () => {
      await this.go(path)
      await this.see(status === 403 ? '您没有查看这项内容的权限' : '没有找到')
      await this.see('实时') // having begun to listen, the page reads everything once more
      await this.calm()
    })
  }

  /** Does something while the line is cut. */
  async offline(act) {
    this.#quiet = true
    await this.context.setOffline(true)
    try {
      await act()
    } finally {
      await this.context.setOffline(false)
    }
  }

  /** The line is back: failures count again. */
  online() {
    this.#quiet = false
  }

  #host(url) {
    const u = new URL(url)
    if (['blob:', 'data:', 'about:'].includes(u.protocol) || u.hostname === '127.0.0.1') return
    this.faults.push(`request to a foreign host: ${url}`)
  }

  #console(m) {
    const text = m.text()
    const status = Number(/Failed to load resource: the server responded with a status of (\d+)/.exec(text)?.[1])
    if (this.#provoked?.status.includes(status)) this.#provoked.met++
    else if (!(this.#quiet && /Failed to load resource|ERR_INTERNET_DISCONNECTED/.test(text))) this.faults.push(`console: ${text} (${m.location().url})`)
  }
}
