/** Every device the user may see, kept fresh by the live channel. */
import { computed, ref, shallowReactive } from 'vue'
import { get } from '@/api/client'
import type { Device, Group, StatusWord } from '@/api/types'
import { fitDevice, fitGroup, listOf } from '@/api/fit'
import { afterBreak, hear } from './live'

const devices = shallowReactive(new Map<string, Device>())
export const groups = ref<Group[]>([])
export const loaded = ref(false)
export const failed = ref<unknown>(null)

/** Needs a hand first, then severity: the order of the fleet page. */
export const ORDER: StatusWord[] = ['fault', 'offline', 'behind', 'updating', 'pending', 'online']
/** Status words that may need a person. */
export const NEEDS_HAND: ReadonlySet<StatusWord> = new Set(['fault', 'offline', 'behind'])

export const fleet = computed(() =>
  [...devices.values()].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || a.name.localeCompare(b.name, 'zh-CN')),
)
export const counts = computed(() => {
  const all = Object.fromEntries(ORDER.map((word) => [word, 0])) as Record<StatusWord, number>
  for (const device of devices.values()) all[device.status] += 1
  return all
})
export const needsHand = computed(() => ORDER.reduce((sum, word) => sum + (NEEDS_HAND.has(word) ? counts.value[word] : 0), 0))

export function deviceById(id: string): Device | undefined {
  return devices.get(id)
}

/** Sites are known by their screens. */
export function siteName(id: string): string {
  return fleet.value.find((device) => device.site.id === id)?.site.name ?? id
}

export async function loadFleet(): Promise<void> {
  try {
    const [all, allGroups] = await Promise.all([get<unknown>('devices'), get<unknown>('groups')])
    const fresh = listOf(all, 'devices').map(fitDevice)
    devices.clear()
    for (const device of fresh) devices.set(device.id, device)
    groups.value = listOf(allGroups, 'groups').map(fitGroup)
    loaded.value = true
    failed.value = null
  } catch (error) {
    failed.value = error
  }
}

export async function loadDevice(id: string): Promise<Device> {
  const device = fitDevice(await get<unknown>(`devices/${id}`))
  devices.set(device.id, device)
  return device
}

export function forget(id: string): void {
  devices.delete(id)
}

let following = false
export function followFleet(): void {
  if (following) return
  following = true
  hear<unknown>('device', (value) => {
    const device = fitDevice(value)
    devices.set(device.id, device)
  })
  hear<{ id: string }>('device_removed', ({ id }) => forget(id))
  hear('release', () => void loadFleet())
  afterBreak(() => void loadFleet())
}
