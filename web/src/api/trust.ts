/** Roots, rosters, review and notices, as the hub says them. Times are milliseconds since 1970 in UTC. */
import type { Named, ReleaseRef, Why } from './types'

export interface KeyOf {
  id: string
  /** `file` or `passkey`. */
  kind: string
  key: string
  rp_id: string | null
  credential: string | null
}
export interface RootOf {
  version: number
  fingerprint: string
  /** Of the first version: what whoever enrols a device compares. */
  first_fingerprint: string
  expires_at_ms: number
  threshold: number
  keys: KeyOf[]
}
export interface RosterOf {
  version: number
  created_at_ms: number
  expires_at_ms: number
  people: { id: string; roles: string[]; keys: KeyOf[] }[]
  classes: { id: string; stages: string[] }[]
  exhibitions: { exhibition: string; class: string | null; least_version: number | null }[]
}
export interface TrustDocument {
  id: string
  kind: string
  version: number
  added_at_ms: number
  added_by: string
}
export interface DeviceTrust {
  id: string
  name: string
  mode: string | null
  root: number
  roster: number
  warnings: string[]
  report_at_ms: number | null
}
export interface SiteTrust {
  site: Named
  root: RootOf | null
  roster: RosterOf | null
  warnings: Why[]
  history: TrustDocument[]
  devices: DeviceTrust[]
}

export interface PasskeyOf {
  person: string
  key: string
  credential: string
  rp_id: string
}
export interface SignatureOf {
  key: string
  person: string | null
  good: boolean
  flaw: string | null
}
export interface Stage {
  role: string
  zh: string
  en: string
  person: string | null
}
export interface Statement {
  from_version: number | null
  statement: string
  challenge: string
  stages: Stage[]
  signatures: SignatureOf[]
  complete: boolean
  refusal: Why | null
  passkeys: PasskeyOf[]
}
export interface SiteReview {
  site: Named
  signed: boolean
  roster: number | null
  forward: Statement | null
  back: Statement | null
}
export interface ReleaseReview {
  release: ReleaseRef
  class: string
  groups: string[]
  expires_at_ms: number | null
  min_runtime: string
  sites: SiteReview[]
}
export interface Changes {
  against: ReleaseRef | null
  fields: { at: string; before: string | null; after: string | null }[]
  fields_left_out: number
  files: { path: string; before_bytes: number | null; after_bytes: number | null }[]
  files_left_out: number
  files_same: number
}

export interface NoticeOf {
  id: string
  site: string
  zh: string
  en: string
  severity: string
  groups: string[]
  /** `draft`, `shown`, `withdrawn` or `ended`. */
  state: string
  created_at_ms: number
  created_by: string
  expires_at_ms: number
  withdrawn_by: string | null
  refusal: Why | null
  challenge: string
  passkeys: PasskeyOf[]
  showing: number
  meant: number
}
export interface Notices {
  limits: { zh_chars: number; en_chars: number; lines: number; minutes: number }
  notices: NoticeOf[]
}

export interface Certificate {
  serial: string
  device: Named
  /** `current`, `next`, `replaced` or `revoked`. */
  state: string
  issued_at_ms: number
  expires_at_ms: number
  ended_at_ms: number | null
  warning: Why | null
}
