import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const root = fileURLToPath(new URL('../node_modules/pdfjs-dist/', import.meta.url))

// The Chinese character tables only, and no fallback for browsers without WebAssembly.
const wanted: Record<string, RegExp> = {
  cmaps: /^(Adobe-(GB1|CNS1)-|UniGB-|UniCNS-|GB|B5|CNS|ETen|ETHK|HK).*\.bcmap$/,
  standard_fonts: /\.(pfb|ttf)$/,
  wasm: /\.wasm$/,
}

/** Gives the app what pdf.js loads by name: character tables, so that Chinese fonts need not
 * be in the file, fonts and decoders. The folder carries the version, for browsers keep
 * assets for ever. */
export function pdfjsAssets(): Plugin {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const base = `assets/pdfjs-${version}`
  return {
    name: 'pdfjs-assets',
    configureServer(server) {
      server.middlewares.use(`/${base}`, (request, response, next) => {
        const file = join(root, decodeURIComponent(request.url ?? '').split('?')[0]!)
        if (!file.startsWith(root) || !wanted[file.slice(root.length).split(sep)[0]!] || !existsSync(file)) return next()
        createReadStream(file).pipe(response)
      })
    },
    generateBundle() {
      for (const [dir, names] of Object.entries(wanted)) {
        for (const name of readdirSync(join(root, dir)).filter((n) => names.test(n))) {
          this.emitFile({ type: 'asset', fileName: `${base}/${dir}/${name}`, source: readFileSync(join(root, dir, name)) })
        }
      }
    },
  }
}
