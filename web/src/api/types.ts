/**
 * What the hub says, in the console's words. Times are milliseconds since 1970 in UTC by the hub's clock unless a
 * comment says otherwise.
 */

import type { Blank, DeliveryRules } from './rollout'

/** `GET /hub`: readable without signing in. */
export interface Hub {
  name: string
  version: string
  /** No administrator exists yet: only the one-time link helps. */
  needs_setup: boolean
  /** SHA-256 of the certificate of its authority, hex, grouped or not. */
  fingerprint: string
  now_ms: number
}

export interface Session {
  user: string
}

export type StatusWord = 'fault' | 'offline' | 'behind' | 'updating' | 'pending' | 'online'

export interface ReleaseRef {
  /** BLAKE3 of the manifest, 64 hex digits. */
  id: string
  exhibition: string
  version: number
}

/** The way from running to target, as the device reports it. */
export type Progress =
  | { state: 'settled' }
  | { state: 'fetching'; done_bytes: number; total_bytes: number; bytes_s?: number; waits?: string | null }
  | { state: 'waiting_for_visit' }
  | { state: 'waiting_for_time' }
  | { state: 'confirming' }
  | { state: 'failed'; code: string; message: string; retry_at_ms: number | null }

/** The last report of a device. Its times are by the device's clock. */
export interface Report {
  revision: number
  target_revision: number
  running: ReleaseRef | null
  origin: 'release' | 'folder' | 'fallback'
  progress: Progress
  phase: string
  scene: string | null
  at_ms: number
  last_frame_at_ms: number | null
  outbox: number
  program: string
  display: [number, number] | null
  /** The glass is dark because the hub says so. */
  blank: boolean
}

export interface Named {
  id: string
  name: string
}

/** One line of the reason, as the hub says it. */
export interface Why {
  code: string
  zh: string
  en: string
}

export interface Device {
  id: string
  name: string
  site: Named
  group: Named
  status: StatusWord
  /** First what is on the glass, then what stops it and what happens next. */
  why: Why[]
  connected: boolean
  target: ReleaseRef | null
  target_revision: number
  report: Report | null
  /** When the last report came; null: never. */
  report_at_ms: number | null
  /** How far its clock was ahead of the hub's at its last report. */
  clock_ahead_ms: number | null
  /** When the hub last heard of it; null: never. */
  seen_at_ms: number | null
  created_at_ms: number
  certificate_expires_at_ms: number | null
  /** When the last picture of the glass arrived; null: none yet. */
  picture_at_ms: number | null
  /** Why its glass should be dark; empty: it should not. */
  blanks: Blank[]
  /** Records that the hub refused for good; they are kept aside on the device. */
  refused_records: number
  host: string
  program: string
}

/** An order and what became of it. */
export interface OrderView {
  id: string
  order: { do: string; scene?: string }
  created_by: string
  created_at_ms: number
  outcome: { state: 'received' | 'done' | 'expired' | 'refused'; code?: string } | null
  outcome_at_ms: number | null
}

export interface Group {
  id: string
  name: string
  target: ReleaseRef | null
  devices: number
  delivery: DeliveryRules
}

export type Severity = 'error' | 'warning' | 'note'

export interface Finding {
  severity: Severity
  code: string
  file: string
  /** From 1; 0 where the finding is about the whole file. */
  line: number
  column: number
  /** Characters that it is about, on this line. */
  width: number
  message: LocalText
  hint: LocalText | null
  /** The line as it stands in the document, where the hub sends it. */
  source: string | null
}

/** A sentence in the console's two languages, or in whichever one exists. */
export type LocalText = string | { 'zh-CN'?: string; zh?: string; en?: string }

export type JobState = 'queued' | 'running' | 'done' | 'failed'

export interface Job {
  id: string
  kind: string
  state: JobState
  /** Machine-readable name of the step. */
  step: string
  done: number
  total: number
  findings: Finding[]
  release: string | null
  exhibition: string | null
  error: ApiProblem | null
}

export interface ApiProblem {
  code: string
  message: string
  hint?: string | null
  at?: string | null
}

export interface Exhibition {
  id: string
  title: LocalText
  changed_at_ms: number
  /** Its newest release. */
  release: ReleaseRef | null
}

export interface ExhibitionDraft extends Exhibition {
  documents: number
  /** Files that are no documents, and their bytes. */
  files: number
  files_size_bytes: number
  findings: Finding[]
  errors: number
  warnings: number
}

export interface DocumentText {
  path: string
  text: string
  etag: string
}

export interface Saved {
  etag: string
  findings: Finding[]
}

/** A text that a document had. */
export interface Version {
  /** Rises with every change. */
  seq: number
  etag: string
  created_at_ms: number
  created_by: string
  size_bytes: number
}

export interface Release {
  id: string
  exhibition: string
  version: number
  title: LocalText
  note: string
  created_at_ms: number
  created_by: string
  size_bytes: number
  files: number
  groups: string[]
  /** Why it cannot be taken out; empty: it can. */
  in_use: { code: string; name: string }[]
}

export interface HallEvent {
  id: string
  name: string
  site: string | null
  /** How many are expected. */
  expected: number
  /** How many have come. */
  came: number
  closed_at_ms: number | null
}

export interface Attendee {
  code: string
  name: string
}

export interface CheckIn {
  id: string
  event: string
  /** Masked by the hub. */
  name: string
  /** Typed or read; `null` for a check-in by name. */
  code: string | null
  /** Its code was on nobody's list when the hub stored it. */
  unlisted: boolean
  way: string
  device: string | null
  /** By the clock of where it was made. */
  at_ms: number
  /** When the hub committed it. */
  stored_at_ms: number
}

export interface ApiToken {
  id: string
  name: string
  created_by: string
  created_at_ms: number
  last_used_at_ms: number | null
}

export interface QuizStat {
  scene: string
  /** Finished quizzes. */
  finished: number
  asked: number
  right: number
  questions: { question: string; asked: number; right: number }[]
}

/** One entry of the audit log. */
export interface AuditEntry {
  at_ms: number
  /** A user, `device …` or `token …`. */
  actor: string
  action: string
  object: string
}

/** A code that waits for its screen; the code itself is told once. */
export interface EnrolCode {
  code: string
  expires_at_ms: number
  /** Of the hub's authority, to compare by eye on the device. */
  fingerprint: string
}
