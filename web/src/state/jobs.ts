/** Follows one piece of work at the hub until it ends. */
import { onScopeDispose, ref, type Ref } from 'vue'
import { get } from '@/api/client'
import { fitJob } from '@/api/fit'
import type { Job } from '@/api/types'
import { hear } from './live'

/** Asked this often as well, because an event may be missed while the channel is down. */
const ASK_MS = 1_000

export interface Followed {
  job: Ref<Job | null>
  follow(id: string): Promise<Job>
}

export function useJob(): Followed {
  const job = ref<Job | null>(null)
  const stops: (() => void)[] = []
  onScopeDispose(() => stops.forEach((stop) => stop()))

  function follow(id: string): Promise<Job> {
    return new Promise((resolve) => {
      let over = false
      const take = (next: Job): void => {
        if (over || next.id !== id) return
        job.value = next
        if (next.state === 'done' || next.state === 'failed') {
          over = true
          stop()
          // Publishing waits for this: a release is passed on at once. Otherwise the end is read in full, with its findings.
          if (next.release) resolve(next)
          else get<unknown>(`jobs/${id}`).then((whole) => resolve((job.value = fitJob(whole))), () => resolve(next))
        }
      }
      const deaf = hear<Record<string, unknown>>('job', (value) => 'state' in value && take(fitJob(value)))
      const ask = (): void => void get<unknown>(`jobs/${id}`).then((value) => take(fitJob(value)), () => undefined)
      const timer = setInterval(ask, ASK_MS)
      const stop = (): void => {
        clearInterval(timer)
        deaf()
      }
      stops.push(stop)
      ask()
    })
  }
  return { job: job as Ref<Job | null>, follow }
}
