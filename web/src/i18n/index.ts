/** Languages. Chinese is the first; English is complete (the type of `en` says so, a test compares the arguments). */
import { createI18n } from 'vue-i18n'
import type { Lang } from '@/format'
import zh from './zh-CN'

const KEPT = 'pingfeng.lang'

function firstLang(): Lang {
  const kept = localStorage.getItem(KEPT)
  if (kept === 'zh-CN' || kept === 'en') return kept
  return navigator.language.startsWith('zh') ? 'zh-CN' : 'en'
}

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh } as Record<string, typeof zh>,
  missingWarn: true,
  fallbackWarn: false,
})

/** Loads a language when it is first wanted, and keeps the choice on this machine. */
export async function setLang(lang: Lang, keep = true): Promise<void> {
  if (lang === 'en' && !i18n.global.availableLocales.includes('en')) {
    i18n.global.setLocaleMessage('en', (await import('./en')).default)
  }
  ;(i18n.global.locale as unknown as { value: string }).value = lang
  document.documentElement.lang = lang
  if (keep) localStorage.setItem(KEPT, lang)
}

export const startLang = (): Promise<void> => setLang(firstLang(), false)
