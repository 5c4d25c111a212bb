/** Rollouts and what concerns the whole fleet, kept fresh by the live channel. */
import { computed, ref, shallowReactive } from 'vue'
import { del, get, post } from '@/api/client'
import { listOf } from '@/api/fit'
import { fitFleet, fitRollout, type Blank, type FleetState, type Rollout, type RolloutAction, type Scope } from '@/api/rollout'
import { afterBreak, hear } from './live'

const rollouts = shallowReactive(new Map<string, Rollout>())
export const fleetState = ref<FleetState>({ restored: null, rival_at_ms: null, blanks: [] })
export const rolloutsFailed = ref<unknown>(null)

const OPEN: ReadonlySet<string> = new Set(['running', 'paused', 'stopped'])
export const isOpen = (rollout: Rollout): boolean => OPEN.has(rollout.state)

/** Newest first. */
export const allRollouts = computed(() => [...rollouts.values()].sort((a, b) => b.created_at_ms - a.created_at_ms || b.id.localeCompare(a.id)))
export const openRollouts = computed(() => allRollouts.value.filter(isOpen))
export const rolloutsOf = (release: string): Rollout[] => allRollouts.value.filter((rollout) => rollout.release.id === release)

export async function loadRollouts(): Promise<void> {
  try {
    const [all, fleet] = await Promise.all([get<unknown>('rollouts'), get<unknown>('fleet')])
    rollouts.clear()
    for (const rollout of listOf(all, 'rollouts').map(fitRollout)) rollouts.set(rollout.id, rollout)
    fleetState.value = fitFleet(fleet)
    rolloutsFailed.value = null
  } catch (error) {
    rolloutsFailed.value = error
  }
}

export async function act(id: string, action: RolloutAction): Promise<Rollout> {
  const rollout = fitRollout(await post<unknown>(`rollouts/${id}/actions`, action))
  rollouts.set(rollout.id, rollout)
  return rollout
}

export async function darken(scope: Scope, id: string): Promise<number> {
  return (await post<{ devices: number }>('blanks', { scope, id })).devices
}
export async function lighten(blank: Pick<Blank, 'scope' | 'id'>): Promise<number> {
  return (await del<{ devices: number }>(`blanks/${blank.scope}/${encodeURIComponent(blank.id)}`)).devices
}

let following = false
export function followRollouts(): void {
  if (following) return
  following = true
  hear<unknown>('rollout', (value) => {
    const rollout = fitRollout(value)
    rollouts.set(rollout.id, rollout)
  })
  // The list knows which rollouts lost their groups to a new one.
  hear('release', () => void loadRollouts())
  hear<unknown>('fleet', (value) => (fleetState.value = fitFleet(value)))
  afterBreak(() => void loadRollouts())
}
