// Takes pictures of pages: node e2e/look.mjs BASE LOGIN PASSWORD PATH... → shots/look-*.png
import { mkdirSync } from 'node:fs'

import { open, signIn } from './browser.mjs'

const [base, login, password, ...paths] = process.argv.slice(2)
mkdirSync('shots', { recursive: true })
const browser = await open()
for (const [name, width, height] of [['1440', 1440, 900], ['390', 390, 844]]) {
  const page = await browser.newPage({ viewport: { width, height } })
  page.on('console', (m) => m.type() === 'error' && console.log('console:', m.text()))
  page.on('pageerror', (e) => console.log('error:', e.message))
  await signIn(page, base, login, password)
  for (const path of paths) {
    await page.goto(base + path)
    // Live updates keep a connection open: quiet is when nothing is loading any more.
    await page.waitForSelector('h1')
    await page.waitForFunction(() => !document.querySelector('.el-skeleton, .el-loading-mask'))
    await page.waitForTimeout(400)
    const file = `shots/look-${login}${path.replace(/[^\w]+/g, '-')}-${name}.png`
    await page.screenshot({ path: file, fullPage: true })
    console.log(file)
  }
  await page.close()
}
await browser.close()
