/**
 * Makes the hub's answers fit the console's types. A hub may be one version older or newer than this console: what it
 * leaves out becomes "unknown" (null, 0 or an empty list), never a page that does not open.
 */
import type { CheckIn, Device, Exhibition, ExhibitionDraft, Finding, Group, HallEvent, Job, Named, QuizStat, Release, ReleaseRef, Report, StatusWord } from './types'

import { fitBlanks, fitDelivery } from './rollout'

type Raw = Record<string, unknown>

const WORDS: ReadonlySet<string> = new Set(['fault', 'offline', 'behind', 'updating', 'pending', 'online'])
export const text = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise)
export const whole = (value: unknown, otherwise = 0): number => (typeof value === 'number' && Number.isFinite(value) ? value : otherwise)
export const time = (value: unknown): number | null => (typeof value === 'number' && value > 0 ? value : null)
export const raw = (value: unknown): Raw => (typeof value === 'object' && value !== null ? (value as Raw) : {})

/** Lists come bare or under their name. */
export function listOf(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value
  const inside = raw(value)[name] ?? raw(value).items
  return Array.isArray(inside) ? inside : []
}

export function fitRelease(value: unknown): Release {
  const r = raw(value)
  return {
    id: text(r.id),
    exhibition: text(r.exhibition),
    version: whole(r.version),
    title: (r.title as Release['title']) ?? text(r.exhibition),
    note: text(r.note),
    created_at_ms: whole(r.created_at_ms),
    created_by: text(r.created_by),
    size_bytes: whole(r.size_bytes),
    files: whole(r.files),
    groups: listOf(r.groups, 'groups').map((group) => text(group, text(raw(group).id))),
    in_use: listOf(r.in_use, 'in_use').map((used) => ({ code: text(raw(used).code), name: text(raw(used).name) })),
  }
}

/** A release named by reference; a bare id is enough. */
export function fitRef(value: unknown): ReleaseRef | null {
  if (typeof value === 'string' && value !== '') return { id: value, exhibition: '', version: 0 }
  const r = raw(value)
  return typeof r.id === 'string' ? { id: r.id, exhibition: text(r.exhibition), version: whole(r.version) } : null
}

function fitReport(value: unknown): Report | null {
  if (typeof value !== 'object' || value === null) return null
  const r = raw(value)
  return {
    revision: whole(r.revision),
    target_revision: whole(r.target_revision),
    running: fitRef(r.running),
    origin: text(r.origin, 'fallback') as Report['origin'],
    progress: (r.progress as Report['progress'] | undefined) ?? { state: 'settled' },
    phase: text(r.phase, 'boot'),
    scene: typeof r.scene === 'string' ? r.scene : null,
    at_ms: whole(r.at_ms),
    last_frame_at_ms: time(r.last_frame_at_ms),
    outbox: whole(r.outbox),
    program: text(r.program),
    display: Array.isArray(r.display) ? (r.display as [number, number]) : null,
    blank: r.blank === true,
  }
}

function fitNamed(value: unknown): Named {
  if (typeof value === 'string') return { id: value, name: value }
  const r = raw(value)
  return { id: text(r.id), name: text(r.name, text(r.id)) }
}

export function fitDevice(value: unknown): Device {
  const r = raw(value)
  const target = raw(r.target)
  const word = text(r.status)
  return {
    id: text(r.id),
    name: text(r.name, text(r.id)),
    site: fitNamed(r.site),
    group: fitNamed(r.group),
    status: (WORDS.has(word) ? word : 'offline') as StatusWord,
    why: listOf(r.why, 'why').map((line) => ({ code: text(raw(line).code), zh: text(raw(line).zh), en: text(raw(line).en) })),
    connected: r.connected === true,
    target: fitRef(target.release),
    target_revision: whole(target.revision),
    report: fitReport(r.report),
    report_at_ms: time(r.report_at_ms),
    clock_ahead_ms: typeof r.clock_ahead_ms === 'number' ? r.clock_ahead_ms : null,
    seen_at_ms: time(r.seen_at_ms),
    created_at_ms: whole(r.created_at_ms),
    certificate_expires_at_ms: time(r.certificate_expires_at_ms),
    picture_at_ms: time(r.picture_at_ms),
    blanks: fitBlanks(r.blanks),
    refused_records: whole(r.refused_records),
    host: text(r.host),
    program: text(r.program),
  }
}

export function fitGroup(value: unknown): Group {
  const r = raw(value)
  return { id: text(r.id), name: text(r.name, text(r.id)), target: fitRef(r.release), devices: whole(r.devices), delivery: fitDelivery(r.delivery) }
}

export function fitFinding(value: unknown): Finding {
  const r = raw(value)
  const severity = text(r.severity)
  return {
    severity: severity === 'error' || severity === 'warning' ? severity : 'note',
    code: text(r.code),
    file: text(r.file),
    line: whole(r.line),
    column: whole(r.column),
    width: whole(r.width, 1),
    source: typeof r.source === 'string' ? r.source : null,
    message: (r.message as Finding['message']) ?? '',
    hint: (r.hint as Finding['hint'] | undefined) ?? null,
  }
}

export function fitJob(value: unknown): Job {
  const r = raw(value)
  const error = r.error
  return {
    id: text(r.id),
    kind: text(r.kind),
    state: text(r.state, 'running') as Job['state'],
    step: text(r.step),
    done: whole(r.done),
    total: whole(r.total),
    findings: listOf(r.findings, 'findings').map(fitFinding),
    release: fitRef(r.release)?.id ?? null,
    exhibition: typeof r.exhibition === 'string' ? r.exhibition : null,
    error: error === null || error === undefined ? null : typeof error === 'string' ? { code: 'failed', message: error } : (error as Job['error']),
  }
}

export function fitExhibition(value: unknown): Exhibition {
  const r = raw(value)
  return { id: text(r.id), title: (r.title as Exhibition['title'] | undefined) ?? text(r.id), changed_at_ms: whole(r.changed_at_ms), release: fitRef(r.release) }
}

export function fitDraft(value: unknown): ExhibitionDraft {
  const r = raw(value)
  const findings = listOf(r.findings, 'findings').map(fitFinding)
  return { ...fitExhibition(value), documents: whole(r.documents), files: whole(r.files), files_size_bytes: whole(r.files_size_bytes), findings, ...weigh(findings) }
}

/** How many of each weight. */
export function weigh(findings: Finding[]): { errors: number; warnings: number } {
  const count = (severity: Finding['severity']): number => findings.filter((finding) => finding.severity === severity).length
  return { errors: count('error'), warnings: count('warning') }
}

export function fitEvent(value: unknown): HallEvent {
  const r = raw(value)
  return {
    id: text(r.id),
    name: text(r.name, text(r.id)),
    site: typeof r.site === 'string' ? r.site : null,
    expected: whole(r.expected),
    came: whole(r.came),
    closed_at_ms: time(r.closed_at_ms),
  }
}

export function fitCheckIn(value: unknown): CheckIn {
  const r = raw(value)
  return {
    id: text(r.id),
    event: text(r.event),
    name: text(r.masked),
    code: typeof r.code === 'string' ? r.code : null,
    unlisted: typeof r.name !== 'string',
    way: text(r.way, 'code'),
    device: typeof r.device === 'string' ? r.device : null,
    at_ms: whole(r.at_ms),
    stored_at_ms: whole(r.received_at_ms, whole(r.at_ms)),
  }
}

/** Aggregates come as a list of scenes. */
export function fitQuiz(value: unknown): QuizStat[] {
  return listOf(value, 'scenes').map((one) => {
    const r = raw(one)
    return {
      scene: text(r.scene),
      finished: whole(r.finished),
      asked: whole(r.asked),
      right: whole(r.right),
      questions: listOf(r.questions, 'questions').map((question) => {
        const q = raw(question)
        return { question: text(q.question), asked: whole(q.asked), right: whole(q.right) }
      }),
    }
  })
}
