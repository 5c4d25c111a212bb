/** What components use to speak: the translator, the language, and the formats bound to both. */
import { useI18n } from 'vue-i18n'
import { computed, type ComputedRef } from 'vue'
import { ApiError } from './api/client'
import type { LocalText, ReleaseRef, Why } from './api/types'
import { ago, local, releaseName, span, spoken, stamp, type Lang } from './format'
import { now } from './state/clock'
import type { Arg, Said } from './state/explain'

export interface Words {
  t: (key: string, args?: Record<string, unknown>) => string
  /** English counts: `one | many`. */
  tn: (key: string, n: number, args?: Record<string, unknown>) => string
  lang: ComputedRef<Lang>
  ago: (ms: number) => string
  span: (ms: number) => string
  stamp: (ms: number, seconds?: boolean) => string
  local: (value: LocalText | null | undefined) => string
  said: (said: Said | Why) => string
  /** 第 142 版, Release 142. */
  releaseName: (release: Pick<ReleaseRef, 'id' | 'version'> | null | undefined) => string
  /** What an error means, and what to do about it. */
  told: (error: unknown) => { what: string; hint: string }
}

export function useWords(): Words {
  const { t, te, locale } = useI18n()
  const lang = computed(() => locale.value as Lang)
  const say = (key: string, args?: Record<string, unknown>): string => t(key, args ?? {})
  const nameOf: Words['releaseName'] = (one) => releaseName(one ?? null, lang.value)
  const filled = (name: string, value: Arg): unknown => {
    if (typeof value === 'number') return name === 'at' ? stamp(value, now.value) : value
    if (typeof value === 'string') return value
    return 'version' in value ? nameOf(value) : said(value)
  }
  function said(one: Said | Why): string {
    if (!('key' in one)) return local(one, lang.value)
    return t(one.key, Object.fromEntries(Object.entries(one.args).map(([name, value]) => [name, filled(name, value)])))
  }
  return {
    t: say,
    tn: (key, n, args) => t(key, { n, ...args }, n),
    lang,
    ago: (ms) => ago(ms, now.value, lang.value),
    span: (ms) => span(ms, lang.value),
    stamp: (ms, seconds) => stamp(ms, now.value, seconds),
    local: (value) => local(value, lang.value),
    said,
    releaseName: nameOf,
    told: (error) => {
      if (!(error instanceof ApiError)) return { what: String(error), hint: '' }
      const { mine, first } = spoken(error, lang.value)
      const known = `err.${error.code}`
      // A known code has its own sentence, with what to do in it; beside it stands only what the hub says in this language.
      return te(known) ? { what: t(known), hint: mine } : { what: t('err.unknown', { said: mine || first || t('err.unsaid'), code: error.code }), hint: '' }
    },
  }
}
