/** Plans, windows and rates as people write them. Pure, so that every case is a test. */
import type { DayWindow, Plan, Share } from './api/rollout'

/** What a person fills in; a text box holds text. */
export interface PlanDraft {
  /** A few first, or everybody at once. */
  careful: boolean
  /** `10%, 50%` or `1, 5`: shares of each group before everybody. */
  steps: string
  soak_min: string
  limit_h: string
  failures_max: string
  /** `datetime-local`; empty: between visits. */
  activate_at: string
}

/** Up to so many screens in a group, the first would be the whole experiment. */
const AT_ONCE_MAX = 3
export const STEPS_MAX = 5

export function draftFor(largestGroup: number): PlanDraft {
  return { careful: largestGroup > AT_ONCE_MAX, steps: '10%', soak_min: '30', limit_h: '24', failures_max: '0', activate_at: '' }
}

/** Field that is wrong, as a message key; null: none. */
export function wrongIn(draft: PlanDraft): 'steps' | 'soak' | 'limit' | 'failures' | null {
  if (draft.careful && stepsOf(draft.steps) === null) return 'steps'
  const soak = wholeOf(draft.soak_min)
  if (soak === null || soak > 10_080) return 'soak'
  const hours = wholeOf(draft.limit_h)
  if (hours === null || hours < 1 || hours > 672 || hours * 60 <= soak) return 'limit'
  if (wholeOf(draft.failures_max) === null) return 'failures'
  return null
}

/** The plan that a draft means; null while something in it is wrong. */
export function planOf(draft: PlanDraft): Plan | null {
  if (wrongIn(draft) !== null) return null
  return {
    steps: draft.careful ? (stepsOf(draft.steps) ?? []) : [],
    soak_min: wholeOf(draft.soak_min) ?? 0,
    limit_min: (wholeOf(draft.limit_h) ?? 0) * 60,
    failures_max: wholeOf(draft.failures_max) ?? 0,
    needed_percent: 100,
    activate_at: draft.activate_at === '' ? null : draft.activate_at.slice(0, 16),
  }
}

/** `10%，50%` → shares in rising order; null where it cannot be read. Chinese commas and percent signs are fine. */
export function stepsOf(typed: string): Share[] | null {
  const parts = typed.split(/[,，、;；\s]+/).filter(Boolean)
  if (parts.length === 0 || parts.length > STEPS_MAX) return null
  const shares: Share[] = []
  let before = 0
  let percent: boolean | null = null
  for (const part of parts) {
    const found = /^(\d{1,5})([%％]?)$/.exec(part)
    if (!found) return null
    const n = Number(found[1])
    const isPercent = found[2] !== ''
    if (n < 1 || (isPercent && n > 99)) return null
    if (percent === isPercent && n <= before) return null
    ;[before, percent] = [n, isPercent]
    shares.push(isPercent ? { percent: n } : { devices: n })
  }
  return shares
}

export const shareText = (share: Share): string => ('percent' in share ? `${share.percent}%` : String(share.devices))

const wholeOf = (typed: string): number | null => (/^\d{1,6}$/.test(typed.trim()) ? Number(typed.trim()) : null)

const two = (n: number): string => String(n).padStart(2, '0')
/** `22:00–06:00`. */
export const windowText = (window: DayWindow): string => `${clockOf(window.from_min)}–${clockOf(window.until_min)}`
const clockOf = (min: number): string => `${two(Math.floor(min / 60))}:${two(min % 60)}`

/** `22:00-06:00, 12:00-13:30` → windows; null where it cannot be read. Empty: always. */
export function windowsOf(typed: string): DayWindow[] | null {
  const parts = typed.split(/[,，、;；\n]+/).map((part) => part.trim()).filter(Boolean)
  const windows: DayWindow[] = []
  for (const part of parts) {
    const found = /^(\d{1,2})[:：](\d{2})\s*[-–—~至到]\s*(\d{1,2})[:：](\d{2})$/.exec(part)
    if (!found) return null
    const [from_min, until_min] = [minutes(found[1], found[2]), minutes(found[3], found[4])]
    if (from_min === null || until_min === null || from_min === until_min) return null
    windows.push({ from_min, until_min })
  }
  return windows.length > 8 ? null : windows
}
function minutes(hours: string | undefined, mins: string | undefined): number | null {
  const [h, m] = [Number(hours), Number(mins)]
  // Midnight at the end of a day is the beginning of the next.
  return h === 24 && m === 0 ? 0 : h < 24 && m < 60 ? h * 60 + m : null
}

/** A cap in kB a second as typed → bytes a second; null where it cannot be read, `none` where there is none. */
export function capOf(typed: string): number | null | 'none' {
  if (typed.trim() === '') return 'none'
  const kilo = wholeOf(typed)
  return kilo !== null && kilo >= 1 && kilo <= 1_000_000 ? kilo * 1_000 : null
}
