/** Rollouts, delivery rules, dark screens: shapes of the hub, and making its answers fit. */
import { fitRef, listOf, raw, text, time, whole } from './fit'
import type { Named, ReleaseRef } from './types'

/** How many devices of each group a step takes in, those of the steps before included. */
export type Share = { percent: number } | { devices: number }

export interface Plan {
  /** Shares before everybody; none: everybody at once. */
  steps: Share[]
  soak_min: number
  limit_min: number
  failures_max: number
  needed_percent: number
  /** By the devices' clocks, `2026-12-01T08:30`; null: between visits. */
  activate_at: string | null
}

export type RolloutState = 'running' | 'paused' | 'stopped' | 'done' | 'rolled_back' | 'superseded'

export interface Rollout {
  id: string
  release: ReleaseRef
  groups: { id: string; name: string; previous: ReleaseRef | null; left: boolean }[]
  plan: Plan
  state: RolloutState
  /** Why it stopped, if it ever did: codes by device. */
  stop: { code: string; at_ms: number; devices: Record<string, string>; count: number } | null
  /** Index of the step; the number of the plan's steps: everybody. */
  step: number
  step_at_ms: number
  limit_at_ms: number | null
  created_at_ms: number
  created_by: string
  counts: { devices: number; told: number; confirmed: number; failed: number }
  /** Devices that go back only with signatures for it. */
  approval_needed: number
  /** Only where one rollout is asked for. */
  devices: RolloutDevice[]
}

export interface RolloutDevice {
  id: string
  name: string
  group: string
  step: number | null
  told_at_ms: number | null
  confirmed_at_ms: number | null
  stage: string
  code: string | null
  excused: boolean
}

export type RolloutAction = { do: 'pause' | 'resume' | 'stop' | 'go_on' } | { do: 'roll_back'; at_once: boolean }

export interface DayWindow {
  /** Minutes after midnight by the devices' clocks. */
  from_min: number
  until_min: number
}

export interface DeliveryRules {
  paused: boolean
  windows: DayWindow[]
  cap_bytes_s: number | null
  /** Screens may fetch from others of their site first. */
  neighbours: boolean
}

export type Scope = 'device' | 'group' | 'site' | 'hub'

/** Something that is dark. */
export interface Blank {
  scope: Scope
  id: string
  name: string
  at_ms: number
  by: string
}

export interface FleetState {
  /** The hub was restored from an older backup and names no release until somebody decides. */
  restored: { at_ms: number; devices: Named[] } | null
  /** When another hub was last noticed at the same broker; null: not lately. */
  rival_at_ms: number | null
  blanks: Blank[]
}

const STATES: ReadonlySet<string> = new Set<RolloutState>(['running', 'paused', 'stopped', 'done', 'rolled_back', 'superseded'])
const SCOPES: ReadonlySet<string> = new Set<Scope>(['device', 'group', 'site', 'hub'])
const NOBODY: ReleaseRef = { id: '', exhibition: '', version: 0 }

function fitPlan(value: unknown): Plan {
  const r = raw(value)
  return {
    steps: listOf(r.steps, 'steps') as Share[],
    soak_min: whole(r.soak_min),
    limit_min: whole(r.limit_min),
    failures_max: whole(r.failures_max),
    needed_percent: whole(r.needed_percent, 100),
    activate_at: typeof r.activate_at === 'string' ? r.activate_at : null,
  }
}

export function fitRollout(value: unknown): Rollout {
  const r = raw(value)
  const stop = raw(r.stop)
  const counts = raw(r.counts)
  const state = text(r.state)
  return {
    id: text(r.id),
    release: fitRef(r.release) ?? NOBODY,
    groups: listOf(r.groups, 'groups').map((group) => ({ id: text(raw(group).id), name: text(raw(group).name), previous: fitRef(raw(group).previous), left: raw(group).left === true })),
    plan: fitPlan(r.plan),
    // A state of a later hub is one that this console cannot act on.
    state: (STATES.has(state) ? state : 'superseded') as RolloutState,
    stop: typeof stop.code === 'string' ? { code: stop.code, at_ms: whole(stop.at_ms), devices: raw(stop.devices) as Record<string, string>, count: whole(stop.count) } : null,
    step: whole(r.step),
    step_at_ms: whole(r.step_at_ms),
    limit_at_ms: time(r.limit_at_ms),
    created_at_ms: whole(r.created_at_ms),
    created_by: text(r.created_by),
    counts: { devices: whole(counts.devices), told: whole(counts.told), confirmed: whole(counts.confirmed), failed: whole(counts.failed) },
    approval_needed: whole(r.approval_needed),
    devices: listOf(r.devices, 'devices').map((one) => {
      const d = raw(one)
      return { id: text(d.id), name: text(d.name), group: text(d.group), step: typeof d.step === 'number' ? d.step : null, told_at_ms: time(d.told_at_ms), confirmed_at_ms: time(d.confirmed_at_ms), stage: text(d.stage), code: typeof d.code === 'string' ? d.code : null, excused: d.excused === true }
    }),
  }
}

export function fitDelivery(value: unknown): DeliveryRules {
  const r = raw(value)
  return {
    paused: r.paused === true,
    windows: listOf(r.windows, 'windows').map((window) => ({ from_min: whole(raw(window).from_min), until_min: whole(raw(window).until_min) })),
    cap_bytes_s: typeof r.cap_bytes_s === 'number' ? r.cap_bytes_s : null,
    neighbours: r.neighbours === true,
  }
}

export function fitBlanks(value: unknown): Blank[] {
  return listOf(value, 'blanks').map((one) => {
    const b = raw(one)
    const scope = text(b.scope)
    return { scope: (SCOPES.has(scope) ? scope : 'hub') as Scope, id: text(b.id), name: text(b.name), at_ms: whole(b.at_ms), by: text(b.by) }
  })
}

export function fitFleet(value: unknown): FleetState {
  const r = raw(value)
  const restored = raw(r.restored)
  return {
    restored: typeof restored.at_ms === 'number' ? { at_ms: restored.at_ms, devices: listOf(restored.devices, 'devices') as Named[] } : null,
    rival_at_ms: typeof r.rival_at_ms === 'number' ? r.rival_at_ms : null,
    blanks: fitBlanks(r.blanks),
  }
}
