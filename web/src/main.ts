/** The console: styles, languages, pages, keys. */
// Element Plus first: its variables are then set to ours.
import './parts/el'
import './theme.css'
import './console.css'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, startLang } from './i18n'
import { router } from './router'
import { startKeys } from './state/keys'
import { meetHub } from './state/hub'

startKeys()
void meetHub().catch(() => undefined)
void startLang().then(() => createApp(App).use(i18n).use(router).mount('#app'))
