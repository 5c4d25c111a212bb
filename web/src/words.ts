/** What components use to speak: the translator, the language, and the formats bound to both. */
import { useI18n } from 'vue-i18n'
import { computed, type ComputedRef } from 'vue'
import { ApiError } from './api/client'
import type { LocalText, Why } from './api/types'
import { ago, local, span, stamp, type Lang } from './format'
import { now } from './state/clock'
import type { Said } from './state/explain'

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
  /** What an error means, and what to do about it. */
  told: (error: unknown) => { what: string; hint: string }
}

export function useWords(): Words {
  const { t, te, locale } = useI18n()
  const lang = computed(() => locale.value as Lang)
  const say = (key: string, args?: Record<string, unknown>): string => t(key, args ?? {})
  return {
    t: say,
    tn: (key, n, args) => t(key, { n, ...args }, n),
    lang,
    ago: (ms) => ago(ms, now.value, lang.value),
    span: (ms) => span(ms, lang.value),
    stamp: (ms, seconds) => stamp(ms, now.value, seconds),
    local: (value) => local(value, lang.value),
    said: (said) => {
      if (!('key' in said)) return local(said, lang.value)
      const { key, args } = said
      const filled: Record<string, unknown> = { ...args }
      if (said.before) filled.before = local(said.before, lang.value)
      if (typeof args.at === 'number') filled.at = stamp(args.at, now.value)
      if (typeof args.code === 'string') filled.code = te(`code.${args.code}`) ? t(`code.${args.code}`) : args.code
      return t(key, filled)
    },
    told: (error) => {
      if (!(error instanceof ApiError)) return { what: String(error), hint: '' }
      const known = `err.${error.code}`
      return { what: te(known) ? t(known) : error.message || t('err.unknown', { code: error.code }), hint: error.hint ?? '' }
    },
  }
}
