/** How the console writes times, sizes and names. Pure: the present time and the language are arguments. */
import type { LocalText } from './api/types'

export type Lang = 'zh-CN' | 'en'

const two = (n: number): string => String(n).padStart(2, '0')

/** `14:32`, or `14:32:08` with seconds. */
export function clock(ms: number, seconds = false): string {
  const at = new Date(ms)
  return `${two(at.getHours())}:${two(at.getMinutes())}${seconds ? `:${two(at.getSeconds())}` : ''}`
}

/** `11-20`; with the year where it is not this one. */
export function day(ms: number, now: number): string {
  const at = new Date(ms)
  const year = at.getFullYear() === new Date(now).getFullYear() ? '' : `${at.getFullYear()}-`
  return `${year}${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** Today the time, else day and time. */
export function stamp(ms: number, now: number, seconds = false): string {
  const today = new Date(ms).toDateString() === new Date(now).toDateString()
  return today ? clock(ms, seconds) : `${day(ms, now)} ${clock(ms, seconds)}`
}

const SPANS: Record<Lang, { s: string; m: string; h: string; d: string; gap: string }> = {
  'zh-CN': { s: '秒', m: '分', h: '时', d: '天', gap: ' ' },
  en: { s: 's', m: 'min', h: 'h', d: 'd', gap: ' ' },
}

/** `11 分`, `5 时 20 分`, `2 天 17 时`: the two largest units, no more. */
export function span(ms: number, lang: Lang): string {
  const u = SPANS[lang]
  const seconds = Math.max(0, Math.round(ms / 1_000))
  const parts = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    small > 0 ? `${big} ${bigUnit} ${small} ${smallUnit}` : `${big} ${bigUnit}`
  if (seconds < 60) return `${seconds} ${u.s}`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} ${u.m}`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return parts(hours, u.h, minutes % 60, u.m)
  return parts(Math.floor(hours / 24), u.d, hours % 24, u.h)
}

/** Recent: `16 秒前`; past an hour only the clock time. */
export function ago(ms: number, now: number, lang: Lang): string {
  const passed = now - ms
  if (passed > 3_600_000) return stamp(ms, now)
  const said = span(passed, lang)
  return lang === 'en' ? `${said} ago` : `${said}前`
}

export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = n / 1_000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** `第 142 版`, `Release 142`: the number that the hub counts. Version 0 is a release known only by its hash. */
export function releaseName(release: { id: string; version: number } | null, lang: Lang): string {
  if (!release) return ''
  if (release.version <= 0) return release.id.slice(0, 8)
  return lang === 'en' ? `Release ${release.version}` : `第 ${release.version} 版`
}

/** The sentence in the reader's language, else in the other one. */
export function local(value: LocalText | null | undefined, lang: Lang): string {
  if (!value) return ''
  if (typeof value === 'string') return value
  const zh = value['zh-CN'] ?? value.zh
  return (lang === 'en' ? value.en || zh : zh || value.en) || ''
}

/**
 * The hub says an error in English, and about files of an upload in Chinese as well, as the hint. `mine` is what adds
 * something in the reader's language, `first` what there is at all.
 */
export function spoken(error: { message: string; hint: string | null }, lang: Lang): { mine: string; first: string } {
  const chinese = (text: string | null): boolean => /[\u3400-\u9fff]/.test(text ?? '')
  const hint = error.hint ?? ''
  const mine = lang === 'en' ? (chinese(hint) ? error.message : hint) : chinese(hint) ? hint : ''
  return { mine: lang === 'en' && chinese(mine) ? '' : mine, first: error.message || hint }
}

/** Hex in pairs, shortened in the middle: `7C:19:E4:…:0B:52`. */
export function fingerprint(hex: string, whole = false): string {
  const pairs = hex.replace(/[^0-9a-f]/gi, '').toUpperCase().match(/../g) ?? []
  return whole || pairs.length <= 5 ? pairs.join(':') : `${pairs.slice(0, 3).join(':')}:…:${pairs.slice(-2).join(':')}`
}

/** Codes are read aloud and typed: groups of four. */
export function grouped(code: string): string {
  return code.replace(/[\s-]/g, '').replace(/(.{4})(?=.)/g, '$1 ')
}

/** Names are shown masked everywhere: first character, full-width stars, the last one kept from three on. */
export function masked(name: string): string {
  const letters = [...name.trim()]
  if (letters.length < 2) return letters.join('')
  const last = letters.length > 2 ? letters[letters.length - 1] : ''
  return `${letters[0]}${'＊'.repeat(letters.length - 1 - (last ? 1 : 0))}${last}`
}
