/** The hub's live channel (server-sent events): one connection for the whole console. */
import { ref } from 'vue'
import { get } from '@/api/client'
import { markClosed, markLost, markOpen, markOpening, meetHub, session } from './hub'

export type LiveKind = 'device' | 'device_removed' | 'check_in' | 'job' | 'release' | 'release_removed' | 'rollout' | 'fleet' | 'trust' | 'review' | 'notice'
type Listener = (value: unknown) => void

const listeners: Record<LiveKind, Set<Listener>> = { device: new Set(), device_removed: new Set(), check_in: new Set(), job: new Set(), release: new Set(), release_removed: new Set(), rollout: new Set(), fleet: new Set(), trust: new Set(), review: new Set(), notice: new Set() }
const resync = new Set<() => void>()
let source: EventSource | null = null
let probing: ReturnType<typeof setInterval> | undefined

/** Raised each time the channel opens again: what happened in between was not heard. */
export const opened = ref(0)

/** The way there and back is measured this often; it is also how a silent break is noticed. */
const PROBE_MS = 10_000

export function openLive(): void {
  if (source) return
  markOpening()
  source = new EventSource('/api/v1/live')
  source.onopen = () => {
    markOpen()
    opened.value += 1
    if (opened.value > 1) for (const again of resync) again()
  }
  source.onerror = () => {
    markLost()
    // The browser tries again by itself unless the answer was an error; then a new connection has to be made.
    if (source?.readyState === EventSource.CLOSED) {
      source = null
      // A session that has ended is the usual reason: asking for anything says so.
      void get('groups').catch(() => undefined)
      setTimeout(() => {
        if (session.value) openLive()
      }, 3_000)
    }
  }
  for (const kind of Object.keys(listeners) as LiveKind[]) {
    source.addEventListener(kind, (event) => {
      const value = JSON.parse((event as MessageEvent<string>).data) as unknown
      for (const listener of listeners[kind]) listener(value)
    })
  }
  // The hub had more to tell than this page could take: everything is read again.
  source.addEventListener('reload', () => resync.forEach((again) => again()))
  clearInterval(probing)
  probing = setInterval(() => {
    if (!document.hidden) meetHub().then(() => source?.readyState === EventSource.OPEN && markOpen(), markLost)
  }, PROBE_MS)
}

export function closeLive(): void {
  source?.close()
  source = null
  clearInterval(probing)
  markClosed()
}

/** Hears every event of a kind until the returned function is called. */
export function hear<T>(kind: LiveKind, listener: (value: T) => void): () => void {
  listeners[kind].add(listener as Listener)
  return () => listeners[kind].delete(listener as Listener)
}

/** Called after a break: load again what events would have changed. */
export function afterBreak(again: () => void): () => void {
  resync.add(again)
  return () => resync.delete(again)
}
