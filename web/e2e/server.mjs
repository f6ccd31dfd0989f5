import { spawn, spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startIssuer } from './issuer.mjs'

const program = fileURLToPath(new URL('../../bin/zhengxiao-standalone', import.meta.url))

/** Schools in every stage, small enough to be made in a minute. */
const demo = ['--schools', '14', '--teachers', '8', '--exit']

/** Starts a server with a fresh demo; `stop` ends it and removes its data. The demo that
 * ZX_E2E_DEMO names is copied instead of played. */
export async function startServer() {
  if (!existsSync(program)) throw new Error(`${program} is missing: run make build`)
  const folder = mkdtempSync(join(tmpdir(), 'zhengxiao-e2e-'))
  const data = join(folder, 'data')
  let issuer
  const remove = async () => {
    await issuer?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    issuer = await startIssuer(folder)
    if (process.env.ZX_E2E_DEMO) must('cp', '-a', process.env.ZX_E2E_DEMO, data) // the store keeps some of it in extended attributes
    else must(program, 'demo', '--data', data, '--addr', `127.0.0.1:${await freePort()}`, ...demo)
    const address = `127.0.0.1:${await freePort()}`
    const log = join(folder, 'server.log')
    const server = spawn(program, ['--data', data, '--addr', address, '--sso', issuer.settings], { stdio: ['ignore', 'pipe', 'pipe'] })
    const out = createWriteStream(log)
    server.stdout.pipe(out, { end: false })
    server.stderr.pipe(out, { end: false })
    const ended = new Promise((resolve) => server.once('exit', resolve))
    const stop = async () => {
      server.kill('SIGTERM')
      await ended
      await remove()
    }
    const base = `http://${address}`
    await ready(base, server, log).catch(async (e) => {
      await stop()
      throw e
    })
    return { base, stop, log: () => readFileSync(log, 'utf8') }
  } catch (e) {
    await remove()
    throw e
  }
}

function must(command, ...args) {
  const r = spawnSync(command, args, { encoding: 'utf8' })
  if (r.status !== 0) throw new Error(`${command} failed: ${r.error ?? ''}\n${r.stdout}\n${r.stderr}`)
}

function freePort() {
  return new Promise((resolve, reject) => {
    const s = createServer()
    s.once('error', reject)
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })
}

async function ready(base, server, log) {
  const until = Date.now() + 120_000
  while (Date.now() < until) {
    if (server.exitCode !== null) break
    const answer = await fetch(base + '/readyz').catch(() => undefined)
    if (answer?.ok && !((await answer.json()).degraded?.length > 0)) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`the server did not become ready:\n${readFileSync(log, 'utf8')}`)
}
