/** What differs between two texts, line by line: enough to decide whose version to keep. */

export interface Change {
  /** First line that differs, from 1. */
  line: number
  theirs: string[]
  mine: string[]
}

/** The differing middle of two texts, or null where they are equal. Common lines at both ends are left out. */
export function changed(theirs: string, mine: string): Change | null {
  if (theirs === mine) return null
  const a = theirs.split('\n')
  const b = mine.split('\n')
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1
  return { line: head + 1, theirs: a.slice(head, a.length - tail), mine: b.slice(head, b.length - tail) }
}

/** UTF-16 offset in a line of the column that a finding names: characters from 1, as the validator counts them. */
export function offsetOf(line: string, column: number): number {
  let offset = 0
  let at = 1
  for (const character of line) {
    if (at >= column) break
    offset += character.length
    at += 1
  }
  return offset
}

/** UTF-16 offset that lies so many characters further, still in the line. */
export function spanEnd(line: string, offset: number, width: number): number {
  return offset + offsetOf(line.slice(offset), width + 1)
}
