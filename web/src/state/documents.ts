/** Documents of a draft: listing, reading, saving with the tag that was read, history. */
import { ask, get, post } from '@/api/client'
import { fitDraft, fitExhibition, fitFinding, listOf } from '@/api/fit'
import type { DocumentText, ExhibitionDraft, Finding, Saved, Version } from '@/api/types'

const base = (exhibition: string, path: string): string => `exhibitions/${encodeURIComponent(exhibition)}/documents/${path.split('/').map(encodeURIComponent).join('/')}`
const YAML = 'application/yaml; charset=utf-8'

/** Paths of the draft, in the order of the tree. */
export async function listDocuments(exhibition: string): Promise<string[]> {
  const all = await get<unknown>(`exhibitions/${encodeURIComponent(exhibition)}/documents`)
  return listOf(all, 'documents').map((one) => (typeof one === 'string' ? one : String((one as { path?: unknown }).path ?? ''))).filter(Boolean).sort()
}

export async function readDocument(exhibition: string, path: string): Promise<DocumentText> {
  const { value, etag } = await ask<unknown>('GET', base(exhibition, path), { headers: { accept: 'application/yaml, application/json' } })
  return { path, text: typeof value === 'string' ? value : '', etag: etag ?? '' }
}

/** Refused with 412 when somebody saved after `etag` was read. */
export async function saveDocument(exhibition: string, path: string, text: string, etag: string): Promise<Saved> {
  const { value, etag: fresh } = await ask<{ etag?: string; findings?: unknown }>('PUT', base(exhibition, path), { raw: { type: YAML, text }, headers: { 'if-match': etag } })
  return { etag: fresh ?? value.etag ?? '', findings: findingsIn(value) }
}

/** Texts that a document had, newest first. */
export async function historyOf(exhibition: string, path: string): Promise<Version[]> {
  return listOf(await get<unknown>(`${base(exhibition, path)}/history`), 'history') as Version[]
}

/** Brings back an earlier text as the newest one. */
export const undoDocument = (exhibition: string, path: string, seq: number): Promise<unknown> => post(`${base(exhibition, path)}/undo`, { seq })

/** Every draft with what the check says about it. */
export async function listDrafts(): Promise<ExhibitionDraft[]> {
  const all = listOf(await get<unknown>('exhibitions'), 'exhibitions').map(fitExhibition)
  return Promise.all(all.map(async ({ id }) => fitDraft(await get<unknown>(`exhibitions/${encodeURIComponent(id)}`))))
}

function findingsIn(value: unknown): Finding[] {
  return listOf((value as { findings?: unknown } | undefined)?.findings ?? [], 'findings').map(fitFinding)
}
