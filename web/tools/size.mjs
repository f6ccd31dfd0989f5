// What the dashboard loads before its charts: the entry, the route's own chunk and what
// both import at once. Fails above the budget, which is for the encoding that every
// server and proxy knows (gzip); .br is what our own server sends.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const budget = 300 * 1024
const app = 'dist/app'
const route = 'src/pages/dashboard/DashboardPage.vue'

const manifest = JSON.parse(readFileSync(join(app, '.vite/manifest.json'), 'utf8'))
const page = manifest[route]
if (!page) throw new Error(`${route} is not in the build`)

const files = new Map()
function take(key) {
  const chunk = manifest[key]
  if (files.has(chunk.file)) return
  files.set(chunk.file, key)
  for (const i of chunk.imports ?? []) take(i)
}
take('index.html')
take(route)

const bytes = (name) => (existsSync(join(app, name)) ? readFileSync(join(app, name)).length : undefined)
const rows = [...files.keys()].map((f) => {
  const plain = bytes(f)
  return { file: f.replace('assets/', ''), plain, gzip: bytes(f + '.gz') ?? plain, br: bytes(f + '.br') ?? plain }
})
rows.sort((a, b) => b.gzip - a.gzip)
const sum = (k) => rows.reduce((n, r) => n + r[k], 0)
const total = { file: 'total', plain: sum('plain'), gzip: sum('gzip'), br: sum('br') }

const kb = (n) => (n / 1024).toFixed(1).padStart(8)
for (const r of [...rows, total]) console.log(`${r.file.padEnd(48)} ${kb(r.plain)} KB ${kb(r.gzip)} KB gzip ${kb(r.br)} KB br`)
if (total.gzip > budget) {
  console.error(`The dashboard loads ${kb(total.gzip).trim()} KB of compressed script before its charts; the budget is ${budget / 1024} KB.`)
  process.exit(1)
}
