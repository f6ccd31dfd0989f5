// Browser tests: node e2e/run.mjs [scenario...]. Starts its own server with a demo and ends
// it; ZX_E2E_BASE names one that runs already, ZX_E2E_SLOW=4 makes the pages four times slower.
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'

import { startServer } from './server.mjs'

const folder = fileURLToPath(new URL('scenarios', import.meta.url))
// They share one demo: first those that only look, then those that move schools on.
const order = ['screens.mjs', 'shell.mjs', 'roles.mjs', 'live.mjs']
const all = [...order, ...readdirSync(folder).filter((f) => f.endsWith('.mjs') && !order.includes(f)).sort()]
const names = process.argv.slice(2)
const unknown = names.filter((n) => !all.includes(n + '.mjs'))
if (unknown.length > 0) {
  console.error(`no such scenario: ${unknown.join(', ')}; there are ${all.map((f) => basename(f, '.mjs')).join(', ')}`)
  process.exit(2)
}
const files = all.filter((f) => names.length === 0 || names.includes(basename(f, '.mjs'))).map((f) => join(folder, f))

let server
if (!process.env.ZX_E2E_BASE) {
  console.log('Preparing a server with schools in every stage …')
  server = await startServer()
  process.env.ZX_E2E_BASE = server.base
}
let failed = false
// One after the other: they share the server, and a browser wants a core of its own.
const tests = run({ files, concurrency: 1 })
tests.on('test:fail', (e) => { failed ||= !e.todo })
tests.on('end', finish)
tests.compose(spec).pipe(process.stdout)

async function finish() {
  if (failed && server && process.env.ZX_E2E_LOG) console.error(server.log())
  await server?.stop()
  process.exitCode = failed ? 1 : 0
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server?.stop().finally(() => process.exit(130)))
