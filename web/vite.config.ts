import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// The hub serves `dist/` and answers `/api`; `npm run dev` forwards to a hub named by PINGFENG_HUB.
const hub = process.env.PINGFENG_HUB ?? 'https://localhost:8443'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    // Options API and the tools hook are not used; full hydration messages neither.
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'es2020',
    // The hub's content security policy forbids inline scripts: nothing may be inlined into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      output: {
        // What every page needs changes rarely and is cached on its own; the editor loads with the page that uses it.
        manualChunks(id) {
          if (/node_modules\/(@codemirror|@lezer|crelt|style-mod|w3c-keyname|@marijn)/.test(id)) return 'editor'
          if (/node_modules\/(vue|@vue|vue-router|vue-i18n|@intlify)\//.test(id)) return 'vue'
          return undefined
        },
      },
    },
  },
  server: { proxy: { '/api': { target: hub, secure: false } } },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0])
