import { expect, test } from 'vitest'
import type { Device, Progress, Report } from '../src/api/types'
import { explain, isUnverified, lineOf, stageOf } from '../src/state/explain'

const NEW = { id: 'n'.repeat(64), exhibition: 'shanhe', version: 8 }
const OLD = { id: 'o'.repeat(64), exhibition: 'shanhe', version: 7 }

function report(changes: Partial<Report> = {}): Report {
  return { revision: 9, target_revision: 4, running: NEW, origin: 'release', progress: { state: 'settled' }, phase: 'attract', scene: 'opening', at_ms: 1_000, last_frame_at_ms: 900, outbox: 0, program: '0.1.0', display: [1080, 1920], blank: false, ...changes }
}
function device(changes: Partial<Device> = {}): Device {
  return {
    id: 'hall-1', name: '大厅 1', site: { id: 's', name: '东馆' }, group: { id: 'g', name: '大厅' }, status: 'online',
    why: [{ code: 'on_the_glass', zh: '版本 8 · opening ← 待机', en: 'release 8 · opening ← attract' }],
    connected: true, target: NEW, target_revision: 4, report: report(), report_at_ms: 1_000, clock_ahead_ms: 0, seen_at_ms: 1_000, created_at_ms: 1, certificate_expires_at_ms: null, picture_at_ms: null, blanks: [], refused_records: 0, host: 'kiosk', program: '0.1.0', ...changes,
  }
}
const states = (one: Device): string => explain(one).chain.map((step) => `${step.step} ${step.state}`).join(', ')
const way = (progress: Progress): Device => device({ status: 'updating', report: report({ running: OLD, progress }) })

test('a screen that runs its target has every step done', () => {
  expect(states(device())).toBe('target done, files done, switch done, glass done')
  expect(explain(device()).next).toMatchObject({ key: 'why.next.settled', args: { target: NEW } })
})
test('a fetching screen is at its files', () => expect(states(way({ state: 'fetching', done_bytes: 1, total_bytes: 2 }))).toBe('target done, files run, switch wait, glass done'))
test('a visitor keeps a ready release waiting at the switch', () => expect(states(way({ state: 'waiting_for_visit' }))).toBe('target done, files done, switch stop, glass done'))
test('a failure stops at the files and says its code', () => {
  const one = way({ state: 'failed', code: 'disk_full', message: '', retry_at_ms: null })
  expect(states(one)).toBe('target done, files stop, switch wait, glass done')
  expect(explain(one).chain[1]?.said).toMatchObject({ key: 'why.chain.failed', args: { what: { key: 'reason.disk_full.what' } } })
})
test('a release that drew nothing stops at the switch', () => expect(states(way({ state: 'failed', code: 'no_frames', message: '', retry_at_ms: null }))).toBe('target done, files done, switch stop, glass done'))
test('a target that was not received stops at the target', () => expect(states(device({ target_revision: 5, report: report({ running: OLD }) }))).toBe('target stop, files wait, switch wait, glass done'))
test('nothing of an offline screen is said as if it were known', () => {
  const one = device({ status: 'offline', connected: false, target_revision: 5, report: report({ running: OLD, outbox: 3 }), why: [...device().why, { code: 'offline', zh: '没有连接', en: 'Not connected' }] })
  expect(states(one)).toBe('target unknown, files wait, switch wait, glass unknown')
  expect(explain(one).glass).toMatchObject({ key: 'line.presumed', args: { line: { key: 'line.on_the_glass', args: { what: OLD, scene: 'opening' } } } })
  expect(explain(one).next).toMatchObject({ key: 'why.next.away_outbox', args: { n: 3, at: 1_000 } })
  expect(isUnverified(one)).toBe(true)
})
test('what was wrong before the connection broke stays in the second line', () => {
  const lines = [...device().why, { code: 'offline', zh: '没有连接', en: 'Not connected' }, { code: 'disk_full', zh: '磁盘已满', en: 'disk full' }]
  expect(explain(device({ status: 'offline', why: lines })).next).toMatchObject({ key: 'why.next.away_before', args: { before: { key: 'line.failed', args: { what: { key: 'reason.disk_full.what' } } } } })
})
test('lines of the hub are said in the console’s words, with what the device reported', () => {
  const line = (code: string, one: Device = device()): unknown => lineOf(one, { code, zh: '中文', en: 'English' })
  expect(line('on_the_glass')).toEqual({ key: 'line.on_the_glass', args: { what: NEW, scene: 'opening', phase: { key: 'phase.attract', args: {} } } })
  expect(line('on_the_glass', device({ report: report({ origin: 'folder', running: null }) }))).toMatchObject({ args: { what: { key: 'why.chain.glass_folder' } } })
  expect(line('fetching', way({ state: 'fetching', done_bytes: 750_000, total_bytes: 1_000_000 }))).toEqual({ key: 'line.fetching', args: { target: NEW, percent: 75, left: '250 kB' } })
  expect(line('records_refused', device({ refused_records: 3 }))).toEqual({ key: 'line.records_refused', args: { n: 3 } })
})
test('a failure says when the device tries again, by the hub’s clock', () => {
  const one = { ...way({ state: 'failed', code: 'disk_read_only', message: '', retry_at_ms: 9_000 }), clock_ahead_ms: 1_000 }
  expect(lineOf(one, { code: 'disk_read_only', zh: '', en: '' })).toMatchObject({ key: 'line.failed_retry', args: { at: 8_000, todo: { key: 'reason.disk_read_only.todo' } } })
})
test('a line with an unknown code keeps the hub’s words and shows the code', () => expect(lineOf(device(), { code: 'new_thing', zh: '新', en: 'new' })).toEqual({ key: 'line.other', args: { said: { code: 'new_thing', zh: '新', en: 'new' }, code: 'new_thing' } }))
test('a screen without a target is told how to get one', () => expect(explain(device({ target: null })).next).toMatchObject({ key: 'why.next.no_target', args: { group: '大厅' } }))
test('confirmed means settled on the release, not arrived', () => {
  expect(stageOf(device(), NEW.id)).toBe('confirmed')
  expect(stageOf(device({ report: report({ progress: { state: 'confirming' } }) }), NEW.id)).toBe('confirming')
  expect(stageOf(way({ state: 'waiting_for_visit' }), NEW.id)).toBe('waiting')
  expect(stageOf(device({ status: 'offline', report: report({ running: OLD }) }), NEW.id)).toBe('offline')
  expect(stageOf(device({ report: report({ running: OLD }) }), NEW.id)).toBe('untold')
})

test('fetching says the rate and the time that is left, or why nothing comes', () => {
  const line = (code: string) => ({ code, zh: '', en: '' })
  const fetching = (waits: string | null): Device => way({ state: 'fetching', done_bytes: 1_000_000, total_bytes: 13_000_000, bytes_s: 100_000, waits })
  expect(lineOf(fetching(null), line('fetching'))).toMatchObject({ key: 'line.fetching_at', args: { percent: 7, minutes: 2 } })
  expect(lineOf(fetching('window'), line('fetching_window'))).toMatchObject({ key: 'line.fetching_window', args: { percent: 7 } })
  expect(stageOf(fetching('window'), NEW.id)).toBe('held')
  expect(stageOf(fetching('offline'), NEW.id)).toBe('fetching')
  expect(stageOf(way({ state: 'waiting_for_time' }), NEW.id)).toBe('timed')
})
test('a dark glass is said at the glass', () => {
  const dark = device({ report: report({ blank: true }) })
  expect(explain(dark).chain.at(-1)).toMatchObject({ step: 'glass', said: { key: 'why.chain.glass_dark' } })
})
