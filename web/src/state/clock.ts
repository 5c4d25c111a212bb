/** The hub's clock, as well as the console can know it: this machine's clock plus the offset last heard. */
import { computed, ref } from 'vue'
import { onHeard } from '@/api/client'

const ticking = ref(Date.now())
/** Milliseconds to add to this machine's clock. `Date` headers carry whole seconds, so small offsets mean nothing. */
const offset = ref(0)

onHeard((at, hubNow) => {
  if (hubNow === null) return
  const seen = hubNow - at
  offset.value = Math.abs(seen) < 2_000 ? 0 : seen
  ticking.value = at
})

setInterval(() => {
  if (!document.hidden) ticking.value = Date.now()
}, 1_000)
document.addEventListener('visibilitychange', () => (ticking.value = Date.now()))

/** The hub's time, moving once a second while somebody looks. */
export const now = computed(() => ticking.value + offset.value)
