import { createServer, request } from 'node:http'

import { atEnd } from './ending.mjs'
import { base } from './person.mjs'

/** Stands before the server and sees every request, also those of workers, which a page's
 * own events leave out. */
export async function startProxy(t) {
  const seen = []
  const upstream = new URL(base)
  const server = createServer((req, res) => {
    seen.push({ method: req.method, path: req.url })
    const call = request({ host: upstream.hostname, port: upstream.port, method: req.method, path: req.url, headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode, answer.rawHeaders)
      answer.pipe(res)
    })
    call.on('error', () => res.destroy())
    res.on('close', () => call.destroy())
    req.pipe(call)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(t, () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { base: `http://127.0.0.1:${server.address().port}`, count: (path) => seen.filter((r) => r.path.startsWith(path)).length }
}
