/** Which hub this is, who is signed in, and whether what the page shows is still being kept fresh. */
import { computed, reactive, ref } from 'vue'
import { ApiError, get, onHeard, onSignedOut, post, del } from '@/api/client'
import type { Hub, Session } from '@/api/types'

export const hub = ref<Hub | null>(null)
export const session = ref<Session | null>(null)

/** State of the live channel. `since` is when the last thing was heard before it broke. */
export const channel = reactive({ state: 'closed' as 'closed' | 'opening' | 'open' | 'lost', since: 0, delay: null as number | null })

let lastHeard = Date.now()
onHeard((at) => (lastHeard = at))

/** The reason why nothing can be ordered just now, as a message key; null while the hub answers. */
export const blocked = computed(() => (channel.state === 'lost' ? 'hub.blocked' : null))

export function markOpening(): void {
  if (channel.state === 'closed') channel.state = 'opening'
}
export function markClosed(): void {
  channel.state = 'closed'
}
export function markOpen(): void {
  channel.state = 'open'
}
export function markLost(): void {
  if (channel.state === 'lost') return
  channel.state = 'lost'
  channel.since = lastHeard
  channel.delay = null
}

/** Asks the hub for its name and measures the way there and back. */
export async function meetHub(): Promise<Hub> {
  const before = performance.now()
  hub.value = await get<Hub>('hub')
  channel.delay = Math.round(performance.now() - before)
  return hub.value
}

/** True when somebody is signed in; asks the hub once. */
export async function meetSession(): Promise<boolean> {
  if (session.value) return true
  try {
    session.value = await get<Session>('session')
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 404)) return false
    throw error
  }
  return session.value !== null && session.value !== undefined
}

export async function signIn(user: string, password: string): Promise<void> {
  session.value = await post<Session>('session', { user, password })
}

export async function signOut(): Promise<void> {
  await del('session')
  session.value = null
}

onSignedOut(() => (session.value = null))
