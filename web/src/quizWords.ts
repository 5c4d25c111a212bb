/** Reads the questions of a bank and the title of a quiz scene out of a document. Pure; a document with mistakes gives what can be read. */
import { parseDocument } from 'yaml'
import type { LocalText } from './api/types'

export interface QuizWords {
  /** By id of the scene. */
  scenes: Map<string, LocalText>
  /** By id of the question. */
  questions: Map<string, LocalText>
}

export const noWords = (): QuizWords => ({ scenes: new Map(), questions: new Map() })

type Raw = Record<string, unknown>
const raw = (value: unknown): Raw => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {})

/** Adds what a document says to `words`. */
export function addWords(words: QuizWords, yaml: string): void {
  let top: Raw
  try {
    // Aliases are not used in exhibitions; refused, because a few of them can grow without end.
    top = raw(parseDocument(yaml, { logLevel: 'silent', strict: false, uniqueKeys: false }).toJS({ maxAliasCount: 0 }))
  } catch {
    return
  }
  const title = textOf(top.title)
  if (top.kind === 'quiz' && typeof top.id === 'string' && title) words.scenes.set(top.id, title)
  if (top.kind !== 'bank' || !Array.isArray(top.questions)) return
  for (const one of top.questions.map(raw)) {
    const stem = textOf(one.stem)
    if (typeof one.id === 'string' && stem) words.questions.set(one.id, stem)
  }
}

function textOf(value: unknown): LocalText | null {
  if (typeof value === 'string') return oneLine(value) || null
  const { 'zh-CN': zh, en } = raw(value)
  const both = { ...(typeof zh === 'string' ? { 'zh-CN': oneLine(zh) } : {}), ...(typeof en === 'string' ? { en: oneLine(en) } : {}) }
  return Object.keys(both).length > 0 ? both : null
}

/** Stems are broken by hand for the screen; Chinese lines join without a gap. */
export function oneLine(text: string): string {
  return text.trim().replace(/([\u3000-\u9fff\uff00-\uffef])\s*\n\s*/g, '$1').replace(/\s*\n\s*/g, ' ')
}
