/**
 * Why a screen shows what it shows: two lines and the chain 目标 → 文件 → 切换 → 玻璃, from what the device reported and
 * whether that can still be true. Pure, so that every case is a test. The console's own sentences are message keys with
 * arguments; the hub's come in both languages.
 */
import type { Device, Why } from '@/api/types'
import { bytes, releaseName } from '@/format'

export interface Said {
  key: string
  args: Record<string, string | number>
  /** Lines of the hub that stand in the sentence as `before`. */
  before?: Why
}
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
  const glass = first ?? say('next.no_report')
  const rest = { tone: TONE[device.status], chain: chain(device) }
  if (device.status === 'offline') return { glass: presumed(glass), next: away(device, more), ...rest }
  return { glass, next: more.length > 0 ? joined(more) : standing(device), ...rest }
}

const joined = (lines: Why[]): Why => ({ code: lines.map((line) => line.code).join(' '), zh: lines.map((line) => line.zh).join('；'), en: lines.map((line) => line.en).join('; ') })

/** Nobody can say that an offline screen still shows it. */
const presumed = (line: Said | Why): Said | Why => ('key' in line ? line : { code: line.code, zh: `推算：${line.zh}；未核实`, en: `Presumably ${line.en}; not verified` })

/** Since when, what goes on by itself, and what was wrong before the connection broke. */
function away(device: Device, lines: Why[]): Said {
  const before = lines.filter((line) => line.code !== 'offline')
  const key = device.seen_at_ms === null ? 'never' : before.length > 0 ? 'away_before' : (device.report?.outbox ?? 0) > 0 ? 'away_outbox' : 'away'
  return { ...say(`next.${key}`, { at: device.seen_at_ms ?? 0, n: device.report?.outbox ?? 0 }), before: before.length > 0 ? joined(before) : undefined }
}

function standing(device: Device): Said {
  if (!device.report) return say('next.no_report')
  if (!device.target) return say('next.no_target', { group: device.group.name })
  const n = device.report.outbox
  return say(n > 0 ? 'next.settled_outbox' : 'next.settled', { target: releaseName(device.target), n })
}

/** Whole percent done, 0 to 100. */
export function percentOf(progress: { done_bytes: number; total_bytes: number }): number {
  return progress.total_bytes === 0 ? 0 : Math.floor((100 * Math.min(progress.done_bytes, progress.total_bytes)) / progress.total_bytes)
}

/** How far this device is with a release: the rows of the publish page. */
export type Stage = 'confirmed' | 'confirming' | 'waiting' | 'fetching' | 'failed' | 'untold' | 'offline'

export function stageOf(device: Device, releaseId: string): Stage {
  const report = device.report
  const runs = report?.running?.id === releaseId
  if (runs && report.progress.state === 'settled') return 'confirmed'
  if (device.status === 'offline') return 'offline'
  if (!report) return 'untold'
  if (runs && report.progress.state === 'confirming') return 'confirming'
  switch (report.progress.state) {
    case 'fetching':
      return 'fetching'
    case 'waiting_for_visit':
      return 'waiting'
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
  const target = releaseName(device.target)
  const running = releaseName(report?.running ?? null)
  const told = report !== null && report.target_revision >= device.target_revision
  const offline = device.status === 'offline'
  const steps: Step[] = []
  const add = (step: Step['step'], state: StepState, key: string, args: Said['args'] = {}): void => {
    steps.push({ step, state, said: say(`chain.${key}`, args) })
  }

  if (!device.target) add('target', 'wait', 'no_target')
  else if (told) add('target', 'done', 'told', { target, revision: device.target_revision })
  else add('target', offline ? 'unknown' : 'stop', offline ? 'told_unknown' : 'untold', { target })

  const progress = report?.progress ?? { state: 'settled' as const }
  // A release that drew nothing had all its files: it was the switch that was taken back.
  const drewNothing = progress.state === 'failed' && progress.code === 'no_frames'
  const arrived = report !== null && device.target !== null && report.running?.id === device.target.id
  if (!device.target || !report) add('files', 'wait', 'files_none')
  else if (arrived || progress.state === 'waiting_for_visit' || progress.state === 'confirming' || drewNothing) add('files', 'done', 'files_whole', { target })
  else if (progress.state === 'fetching') add('files', offline ? 'unknown' : 'run', 'files_fetching', { done: bytes(progress.done_bytes), total: bytes(progress.total_bytes), percent: percentOf(progress) })
  else if (progress.state === 'failed') add('files', 'stop', 'failed', { code: progress.code })
  else add('files', 'wait', 'files_wait')

  if (arrived) add('switch', progress.state === 'confirming' ? 'run' : 'done', progress.state === 'confirming' ? 'switch_confirming' : 'switched')
  else if (drewNothing) add('switch', 'stop', 'switch_back', { target })
  else if (progress.state === 'waiting_for_visit') add('switch', 'stop', 'switch_waiting')
  else if (progress.state === 'confirming') add('switch', 'run', 'switch_confirming')
  else add('switch', 'wait', 'switch_wait')

  if (!report) add('glass', 'unknown', 'glass_never')
  else if (offline) add('glass', 'unknown', 'glass_unknown', { running: running || '—' })
  else if (report.phase === 'fault') add('glass', 'stop', 'glass_fault')
  else add('glass', 'done', report.origin === 'release' ? 'glass_release' : `glass_${report.origin}`, { running })
  return steps
}
