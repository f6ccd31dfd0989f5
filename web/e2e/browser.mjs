import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

import { chromium } from 'playwright-core'

// The first takes a fifth less of a processor: it draws no window around the page.
const shell = '/usr/bin/chromium-headless-shell'
const installed = existsSync(shell) ? shell : '/usr/bin/chromium'

/** The system's Chromium; nothing is downloaded and no foreign host is looked up. */
export function open() {
  return chromium.launch({
    executablePath: process.env.ZX_CHROMIUM ?? installed,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

/** Makes a page so many times slower: it computes longer, its frames and answers come late. */
export async function slowDown(page, times) {
  await (await page.context().newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: times })
  await page.addInitScript((late) => {
    const frame = window.requestAnimationFrame.bind(window)
    window.requestAnimationFrame = (f) => frame(() => setTimeout(() => f(performance.now()), late))
  }, 50 * times)
  await page.context().route('**/api/**', async (route) => { // what a scenario answers itself comes before
    await setTimeout(50 * times)
    await route.continue().catch(() => undefined) // the page may have gone meanwhile
  })
}

/** Signs in through the page. */
export async function signIn(page, base, login, password) {
  await page.goto(base + '/login')
  await page.locator('input[name=login]').fill(login)
  await page.locator('input[name=password]').fill(password)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await page.waitForURL((u) => !u.pathname.startsWith('/login'))
}
