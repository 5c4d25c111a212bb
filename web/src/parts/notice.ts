/** A line in the corner for one's own action that succeeded: four seconds, no sound, nothing to press. */
import { ElMessage } from './el'

export function notice(text: string): void {
  ElMessage({ message: text, type: 'success', duration: 4_000, grouping: true, placement: 'bottom-right' } as Parameters<typeof ElMessage>[0])
}
