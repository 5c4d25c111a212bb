/**
 * Read by the type checker only: what the hub says it sends (`openapi.json`) is what the pages think they get.
 * A field that the hub drops or renames stops `npm run check` here.
 */
import type * as rollouts from '../src/api/rollout'
import type * as own from '../src/api/types'
import type { components } from '../src/api/schema'

type Hub = components['schemas']
/** Every field of ours that the hub also has must be of a type that ours takes. */
type Same<Ours, Theirs, Keys extends keyof Ours & keyof Theirs> = { [K in Keys]: Theirs[K] extends Ours[K] | undefined ? true : [K, Theirs[K], Ours[K]] }
type AllTrue<T> = T[keyof T] extends true ? true : T
const holds = <T extends true>(): T => true as T

holds<AllTrue<Same<own.Device, Hub['Device'], 'id' | 'name' | 'site' | 'group' | 'status' | 'why' | 'connected' | 'clock_ahead_ms' | 'report_at_ms' | 'seen_at_ms' | 'created_at_ms' | 'picture_at_ms' | 'refused_records' | 'host' | 'program'>>>()
holds<AllTrue<Same<own.Hub, Hub['HubInfo'], keyof own.Hub>>>()
holds<AllTrue<Same<own.Job, Hub['Job'], 'id' | 'kind' | 'done' | 'total' | 'release' | 'exhibition'>>>()
holds<AllTrue<Same<own.Release, Hub['Release'], keyof own.Release>>>()
holds<AllTrue<Same<own.HallEvent, Hub['Event'], keyof own.HallEvent>>>()
holds<AllTrue<Same<own.ApiToken, Hub['ApiToken'], keyof own.ApiToken>>>()
holds<AllTrue<Same<own.AuditEntry, Hub['AuditEntry'], keyof own.AuditEntry>>>()
holds<AllTrue<Same<own.EnrolCode, Hub['EnrolCode'], keyof own.EnrolCode>>>()
holds<AllTrue<Same<own.Attendee, Hub['Attendee'], keyof own.Attendee>>>()
holds<AllTrue<Same<rollouts.Rollout, Hub['RolloutView'], 'id' | 'state' | 'step' | 'step_at_ms' | 'created_at_ms' | 'created_by' | 'counts' | 'approval_needed'>>>()
holds<AllTrue<Same<rollouts.RolloutDevice, Hub['RolloutDevice'], 'id' | 'name' | 'group' | 'stage' | 'excused'>>>()
holds<AllTrue<Same<rollouts.Plan, Required<Hub['Plan']>, keyof rollouts.Plan>>>()
holds<AllTrue<Same<rollouts.DeliveryRules, Required<Hub['DeliveryRules']>, keyof rollouts.DeliveryRules>>>()
holds<AllTrue<Same<rollouts.Blank, Hub['Blank'], keyof rollouts.Blank>>>()
