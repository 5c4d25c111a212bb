/** Keyboard: `G` then a letter goes to a page; a page adds its own keys while it is shown. */
import { onBeforeUnmount, onMounted } from 'vue'

export interface Key {
  /** `KeyboardEvent.key` in lower case, such as `j`, `enter`, `escape`, `?`, `/`. */
  key: string
  /** Message key of what it does. */
  does: string
  run: () => void
  /** Also works while the focus is in a text box. */
  inText?: boolean
  /** With Ctrl or Cmd. */
  ctrl?: boolean
  /** Kept out of the foot line. */
  quiet?: boolean
}

const layers: { keys: () => Key[] }[] = []
const goes = new Map<string, () => void>()
let goUntil = 0

/** How long after `G` its letter counts. */
const GO_MS = 1_500

/** True where a key is text, not an order. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

export function onGo(letter: string, run: () => void): void {
  goes.set(letter, run)
}

/** Adds keys while the component is on the page; the latest layer wins. */
export function useKeys(keys: () => Key[]): void {
  const layer = { keys }
  onMounted(() => layers.push(layer))
  onBeforeUnmount(() => layers.splice(layers.indexOf(layer), 1))
}

/** Every key that works now, for the help page; the latest layer first. */
export function keysNow(): Key[] {
  return [...layers].reverse().flatMap((layer) => layer.keys())
}

/** Puts the keyboard where a dialog that opens begins; after the dialog itself, which takes the focus first. */
export const focusFirst = (selector: string): void => void setTimeout(() => document.querySelector<HTMLElement>(selector)?.focus())
export const focusOn = (id: string): void => focusFirst(`#${id}`)

export function startKeys(): void {
  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return
    const key = event.key.toLowerCase()
    const ctrl = event.ctrlKey || event.metaKey
    const typing = isTyping(event.target)
    // A dialog keeps its keys to itself; Esc is closed by the dialog.
    const dialog = document.querySelector('.el-overlay:not([style*="display: none"]) [role=dialog]') !== null
    if (dialog) return
    if (!typing && !ctrl) {
      if (goUntil > event.timeStamp && goes.has(key)) {
        goUntil = 0
        event.preventDefault()
        goes.get(key)?.()
        return
      }
      goUntil = key === 'g' ? event.timeStamp + GO_MS : 0
    }
    // Enter and Space belong to the link or button that has the focus.
    const onControl = event.target instanceof HTMLElement && event.target.closest('a,button,[role=button]') !== null
    if (onControl && (key === 'enter' || key === ' ')) return
    for (const candidate of keysNow()) {
      if (candidate.key !== key || (candidate.ctrl ?? false) !== ctrl || (typing && !candidate.inText)) continue
      event.preventDefault()
      candidate.run()
      return
    }
  })
}
