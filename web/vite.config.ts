import vue from '@vitejs/plugin-vue'
import ElementPlus from 'unplugin-element-plus/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import Components from 'unplugin-vue-components/vite'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

import { pdfjsAssets } from './tools/pdfjs.ts'

// The API that `npm run dev` talks to.
const api = process.env.ZX_API ?? 'http://127.0.0.1:8080'
const proxy = { '/api': api, '/healthz': api, '/readyz': api }

export default defineConfig({
  plugins: [
    vue(),
    // Elements are imported where a template names them, styles with them.
    Components({ dirs: [], dts: 'src/elements.d.ts', resolvers: [ElementPlusResolver()] }),
    ElementPlus({}),
    pdfjsAssets(),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
  // The folder beside it is part of the Go package, see embed.go.
  build: { outDir: 'dist/app', emptyOutDir: true, manifest: true, target: 'es2022', chunkSizeWarningLimit: 900 },
  worker: { format: 'es' },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
    restoreMocks: true,
  },
})
