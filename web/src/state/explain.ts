/**
 * Why a screen shows what it shows: two lines and the chain 目标 → 文件 → 切换 → 玻璃, from what the device reported and
 * whether that can still be true. Pure, so that every case is a test. Sentences are message keys with arguments; of the
 * hub's own lines those with a code that the console knows are said by the console, so that a reader meets one language
 * and one word for each thing.
 */
import { LINES, REASONS } from '@/api/codes'
import type { Device, Progress, ReleaseRef, Why } from '@/api/types'
import { bytes } from '@/format'

export interface Said {
  key: string
  /** A release is said by its name, a sentence in the reader's language; `at` is a time. */
  args: Record<string, Arg>
}
export type Arg = string | number | ReleaseRef | Said | Why
export type StepState = 'done' | 'stop' | 'wait' | 'run' | 'unknown'
export interface Step {
  step: 'target' | 'files' | 'switch' | 'glass'
  state: StepState
  said: Said
}
export interface Explained {
  /** What is on the glass, and who or what put it there. */
  glass: Said | Why
  /** The step where it stopped, what is missing, and what happens next. */
  next: Said | Why
  tone: 'cin' | 'amb' | 'run' | 'plain'
  chain: Step[]
}

const say = (key: string, args: Said['args'] = {}): Said => ({ key: `why.${key}`, args })

/** True when what the device reported last may not be what it shows now. */
export function isUnverified(device: Device): boolean {
  return device.status === 'offline' || device.report === null
}

const TONE = { fault: 'cin', behind: 'amb', updating: 'run', offline: 'plain', pending: 'plain', online: 'plain' } as const

/** The hub's lines come first: it judges. Where it has only one, the console adds how the device stands to its target. */
export function explain(device: Device): Explained {
  const [first, ...more] = device.why
  const glass = first ? lineOf(device, first) : say('next.no_report')
  const rest = { tone: TONE[device.status], chain: chain(device) }
  if (device.status === 'offline') return { glass: presumed(glass), next: away(device, more), ...rest }
  return { glass, next: more.length > 0 ? joined(device, more) : standing(device), ...rest }
}

const plain = (key: string, args: Said['args'] = {}): Said => ({ key, args })
const reasons: ReadonlySet<string> = new Set(REASONS)
const lines: ReadonlySet<string> = new Set(LINES)
const PHASES: ReadonlySet<string> = new Set(['boot', 'loading', 'attract', 'visit', 'fault'])

/** What happened, for a code of a device; a code that this console does not know stands as it is. */
export const reasonOf = (key: string, code: string): Said => (reasons.has(code) ? plain(key, { what: plain(`reason.${code}.what`), todo: plain(`reason.${code}.todo`) }) : plain(`${key}_other`, { code }))

/** A line of the hub in the console's words; one with a code that the console does not know keeps the hub's words and shows its code. */
export function lineOf(device: Device, line: Why): Said | Why {
  const said = plain(`line.${line.code}`)
  const { report, target } = device
  const progress = report?.progress
  if (reasons.has(line.code)) {
    const retry = progress?.state === 'failed' ? progress.retry_at_ms : null
    const args = { what: plain(`reason.${line.code}.what`), todo: plain(`reason.${line.code}.todo`) }
    // The device says it by its own clock.
    return retry ? plain('line.failed_retry', { ...args, at: retry - (device.clock_ahead_ms ?? 0) }) : plain('line.failed', args)
  }
  if (!lines.has(line.code)) return plain('line.other', { said: line, code: line.code })
  switch (line.code) {
    case 'on_the_glass': {
      if (!report || !PHASES.has(report.phase)) return line
      const what = report.origin === 'release' && report.running ? report.running : plain(`why.chain.glass_${report.origin === 'folder' ? 'folder' : 'fallback'}`)
      return { ...said, args: { what, scene: report.scene ?? '—', phase: plain(`phase.${report.phase}`) } }
    }
    case 'records_refused':
      return { ...said, args: { n: device.refused_records } }
    case 'fetching':
    case 'fetching_paused':
    case 'fetching_window':
    case 'fetching_offline': {
      if (!target || progress?.state !== 'fetching') return line
      const left = remaining(progress)
      const args = { target, percent: percentOf(progress), left: bytes(left.bytes) }
      return left.seconds === null || line.code !== 'fetching' ? { ...said, args } : plain('line.fetching_at', { ...args, rate: bytes(progress.bytes_s ?? 0), minutes: Math.max(1, Math.ceil(left.seconds / 60)) })
    }
    case 'waiting_for_time':
    case 'waiting_for_visit':
    case 'confirming':
    case 'target_not_taken':
      return target ? { ...said, args: { target } } : line
    default:
      return said
  }
}

const joined = (device: Device, all: Why[]): Said | Why => all.map((line) => lineOf(device, line)).reduce((first, second) => plain('line.two', { first, second }))

/** Nobody can say that an offline screen still shows it. */
const presumed = (line: Said | Why): Said => plain('line.presumed', { line })

/** Since when, what goes on by itself, and what was wrong before the connection broke. */
function away(device: Device, more: Why[]): Said {
  const before = more.filter((line) => line.code !== 'offline')
  const key = device.seen_at_ms === null ? 'never' : before.length > 0 ? 'away_before' : (device.report?.outbox ?? 0) > 0 ? 'away_outbox' : 'away'
  return say(`next.${key}`, { at: device.seen_at_ms ?? 0, n: device.report?.outbox ?? 0, ...(before.length > 0 ? { before: joined(device, before) } : {}) })
}

function standing(device: Device): Said {
  if (!device.report) return say('next.no_report')
  if (!device.target) return say('next.no_target', { group: device.group.name })
  const n = device.report.outbox
  return say(n > 0 ? 'next.settled_outbox' : 'next.settled', { target: device.target, n })
}

/** Whole percent done, 0 to 100. */
export function percentOf(progress: { done_bytes: number; total_bytes: number }): number {
  return progress.total_bytes === 0 ? 0 : Math.floor((100 * Math.min(progress.done_bytes, progress.total_bytes)) / progress.total_bytes)
}

/** What is still to come, and in how many seconds at the present rate; null while nothing moves. */
export function remaining(progress: Extract<Progress, { state: 'fetching' }>): { bytes: number; seconds: number | null } {
  const left = Math.max(0, progress.total_bytes - progress.done_bytes)
  const rate = progress.bytes_s ?? 0
  return { bytes: left, seconds: rate > 0 && !progress.waits ? Math.ceil(left / rate) : null }
}

/** How far this device is with a release: the rows of the publish page. */
export type Stage = 'confirmed' | 'confirming' | 'waiting' | 'timed' | 'fetching' | 'held' | 'failed' | 'untold' | 'offline'

export function stageOf(device: Device, releaseId: string): Stage {
  const report = device.report
  const runs = report?.running?.id === releaseId
  if (runs && report.progress.state === 'settled') return 'confirmed'
  if (device.status === 'offline') return 'offline'
  if (!report) return 'untold'
  if (runs && report.progress.state === 'confirming') return 'confirming'
  switch (report.progress.state) {
    case 'fetching':
      return report.progress.waits === 'paused' || report.progress.waits === 'window' ? 'held' : 'fetching'
    case 'waiting_for_visit':
      return 'waiting'
    case 'waiting_for_time':
      return 'timed'
    case 'confirming':
      return 'confirming'
    case 'failed':
      return 'failed'
    default:
      return 'untold'
  }
}

function chain(device: Device): Step[] {
  const report = device.report
  const target = device.target ?? '—'
  const running = report?.running ?? '—'
  const told = report !== null && report.target_revision >= device.target_revision
  const offline = device.status === 'offline'
  const steps: Step[] = []
  const add = (step: Step['step'], state: StepState, key: string | Said, args: Said['args'] = {}): void => {
    steps.push({ step, state, said: typeof key === 'string' ? say(`chain.${key}`, args) : key })
  }

  if (!device.target) add('target', 'wait', 'no_target')
  else if (told) add('target', 'done', 'told', { target, revision: device.target_revision })
  else add('target', offline ? 'unknown' : 'stop', offline ? 'told_unknown' : 'untold', { target })

  const progress = report?.progress ?? { state: 'settled' as const }
  // A release that drew nothing had all its files: it was the switch that was taken back.
  const drewNothing = progress.state === 'failed' && progress.code === 'no_frames'
  const arrived = report !== null && device.target !== null && report.running?.id === device.target.id
  if (!device.target || !report) add('files', 'wait', 'files_none')
  else if (arrived || progress.state === 'waiting_for_visit' || progress.state === 'waiting_for_time' || progress.state === 'confirming' || drewNothing) add('files', 'done', 'files_whole', { target })
  else if (progress.state === 'fetching') add('files', offline ? 'unknown' : 'run', 'files_fetching', { done: bytes(progress.done_bytes), total: bytes(progress.total_bytes), percent: percentOf(progress) })
  else if (progress.state === 'failed') add('files', 'stop', reasonOf('why.chain.failed', progress.code))
  else add('files', 'wait', 'files_wait')

  if (arrived) add('switch', progress.state === 'confirming' ? 'run' : 'done', progress.state === 'confirming' ? 'switch_confirming' : 'switched')
  else if (drewNothing) add('switch', 'stop', 'switch_back', { target })
  else if (progress.state === 'waiting_for_visit') add('switch', 'stop', 'switch_waiting')
  else if (progress.state === 'waiting_for_time') add('switch', 'wait', 'switch_timed')
  else if (progress.state === 'confirming') add('switch', 'run', 'switch_confirming')
  else add('switch', 'wait', 'switch_wait')

  if (!report) add('glass', 'unknown', 'glass_never')
  else if (!offline && report.blank) add('glass', 'stop', 'glass_dark')
  else if (offline) add('glass', 'unknown', 'glass_unknown', { running })
  else if (report.phase === 'fault') add('glass', 'stop', 'glass_fault')
  else add('glass', 'done', report.origin === 'release' ? 'glass_release' : `glass_${report.origin}`, { running })
  return steps
}
