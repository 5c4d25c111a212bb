/** Reads a roster as people paste it: `code,name` lines from a spreadsheet, with or without a heading. Pure. */
import type { Attendee } from './api/types'

/** Rows of one roster. */
export const ROSTER_MAX = 5_000
const CODE = /^[A-Za-z0-9-]{1,32}$/

export interface Roster {
  attendees: Attendee[]
  /** Lines that were not understood, from 1, with the message key of the reason. */
  wrong: { line: number; why: string }[]
}

export function readRoster(text: string): Roster {
  const attendees: Attendee[] = []
  const wrong: Roster['wrong'] = []
  const seen = new Map<string, string>()
  text.replace(/^\uFEFF/, '').split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim()
    if (line === '') return
    const [code = '', name = ''] = line.split(/\s*[,，;；\t]\s*/).map((cell) => cell.replace(/^"|"$/g, '').trim())
    if (index === 0 && !/\d/.test(code) && /^(code|编号|号码|卡号|姓名|name)$/i.test(code)) return
    if (!CODE.test(code)) wrong.push({ line: index + 1, why: 'roster.bad_code' })
    else if (name === '' || [...name].length > 40) wrong.push({ line: index + 1, why: 'roster.bad_name' })
    else if (seen.has(code)) {
      if (seen.get(code) !== name) wrong.push({ line: index + 1, why: 'roster.twice' })
    } else if (attendees.length >= ROSTER_MAX) wrong.push({ line: index + 1, why: 'roster.full' })
    else {
      seen.set(code, name)
      attendees.push({ code, name })
    }
  })
  return { attendees, wrong }
}
