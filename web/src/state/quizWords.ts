/** What quiz results are about: the words of questions and scenes, from the documents of the drafts at the hub. */
import { get } from '@/api/client'
import { fitExhibition, listOf } from '@/api/fit'
import type { LocalText } from '@/api/types'
import type { QuizWords } from '@/quizWords'
import { readDocument } from './documents'

/** Documents read of one exhibition; banks and quiz scenes are few. */
const DOCUMENTS_MAX = 200
/** Asked for at the same time. */
const AT_ONCE = 6

/** Texts by tag, so that a second look reads only what has changed. */
const known = new Map<string, string>()

/** Words by exhibition. What cannot be read is left out: the page then shows ids. */
export async function readQuizWords(): Promise<QuizWords[]> {
  const { addWords, noWords } = await import('@/quizWords')
  const exhibitions = listOf(await get<unknown>('exhibitions'), 'exhibitions').map(fitExhibition)
  return Promise.all(
    exhibitions.map(async ({ id }) => {
      const words = noWords()
      const documents = listOf(await get<unknown>(`exhibitions/${encodeURIComponent(id)}/documents`), 'documents') as { path: string; kind?: string | null; etag: string }[]
      const wanted = documents.filter(({ kind }) => kind === 'bank' || kind === 'quiz').slice(0, DOCUMENTS_MAX)
      for (let at = 0; at < wanted.length; at += AT_ONCE) {
        const texts = await Promise.all(wanted.slice(at, at + AT_ONCE).map((one) => textOf(id, one).catch(() => '')))
        for (const text of texts) addWords(words, text)
      }
      return words
    }),
  )
}

async function textOf(exhibition: string, { path, etag }: { path: string; etag: string }): Promise<string> {
  const tag = `${exhibition}/${path}@${etag}`
  const text = known.get(tag) ?? (await readDocument(exhibition, path)).text
  for (const old of known.keys()) if (old !== tag && old.startsWith(`${exhibition}/${path}@`)) known.delete(old)
  known.set(tag, text)
  return text
}

/** A question by its scene: ids are unique in an exhibition, not among exhibitions. */
export function questionOf(all: QuizWords[], scene: string, question: string): LocalText | null {
  const near = [...all].sort((a, b) => Number(b.scenes.has(scene)) - Number(a.scenes.has(scene)))
  return near.map((words) => words.questions.get(question)).find((text) => text !== undefined) ?? null
}
export function sceneOf(all: QuizWords[], scene: string): LocalText | null {
  return all.map((words) => words.scenes.get(scene)).find((text) => text !== undefined) ?? null
}
