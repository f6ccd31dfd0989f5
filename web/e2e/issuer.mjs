import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Starts an OpenID provider that lets everybody in as the same person; `settings` is the
 * file for a server that people may sign in to through it. */
export async function startIssuer(below) {
  const folder = join(below, 'issuer')
  mkdirSync(folder)
  const program = join(folder, 'issuer')
  const built = spawnSync('go', ['build', '-buildvcs=false', '-o', program, './internal/testkit/ssotest/serve'], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the provider of the browser tests cannot be built: ${built.error ?? ''}\n${built.stderr}`)
  const issuer = spawn(program, ['-folder', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => issuer.once('exit', resolve))
  await Promise.race([new Promise((resolve) => issuer.stdout.once('data', resolve)), ended.then((code) => { throw new Error(`the provider ended with ${code}`) })])
  const stop = async () => {
    issuer.kill('SIGTERM')
    await ended
  }
  return { settings: join(folder, 'sso.json'), stop }
}
