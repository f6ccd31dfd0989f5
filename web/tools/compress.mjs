// Writes .br and .gz beside every text asset of the build; the server sends them as they are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dir = 'dist/app/assets'
for (const name of readdirSync(dir)) {
  if (!/\.(m?js|css|svg|json|wasm)$/.test(name)) continue
  const raw = readFileSync(join(dir, name))
  if (raw.length < 1024) continue
  writeFileSync(join(dir, name + '.br'), brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
  writeFileSync(join(dir, name + '.gz'), gzipSync(raw, { level: 9 }))
}
