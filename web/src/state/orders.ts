/** Orders to a device. Each ends with the device's own receipt, not with the hub's "sent". */
import { get, post } from '@/api/client'
import { listOf } from '@/api/fit'
import type { Device, OrderView } from '@/api/types'
import { deviceById, loadDevice } from './fleet'

export type Order = { do: 'screenshot' } | { do: 'restart' } | { do: 'return_to_last_good' } | { do: 'show_scene'; scene: string }

/** A picture that takes longer than this is not coming. */
const PICTURE_MS = 15_000

export function send(device: string, order: Order): Promise<{ id: string }> {
  return post(`devices/${device}/commands`, order)
}

/** To every connected device of a group: who got it, and who is away. */
export function sendToGroup(group: string, order: Order): Promise<{ sent: { id: string; name: string }[]; away: { id: string; name: string }[] }> {
  return post(`groups/${group}/commands`, order)
}

/** Orders of a device with their receipts, newest first. */
export async function ordersOf(device: string): Promise<OrderView[]> {
  const all = listOf(await get<unknown>(`devices/${device}/commands`), 'commands') as OrderView[]
  return [...all].sort((a, b) => b.created_at_ms - a.created_at_ms)
}

/** Asks for a picture of the glass; true when a newer one arrived in time. */
export async function takePicture(device: Device): Promise<boolean> {
  const before = device.picture_at_ms ?? 0
  await send(device.id, { do: 'screenshot' })
  const arrived = (): boolean => (deviceById(device.id)?.picture_at_ms ?? 0) > before
  const until = Date.now() + PICTURE_MS
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    if (arrived()) return true
    // The live channel tells; this is for when it is down.
    if (Date.now() % 2_000 < 500) await loadDevice(device.id).catch(() => undefined)
  }
  return arrived()
}
