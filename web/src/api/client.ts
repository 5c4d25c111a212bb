/** One way to the hub: JSON in, JSON out, one kind of error. Nothing else in the console calls `fetch`. */
import type { ApiProblem } from './types'

/** What the hub refused, or `network` when it could not be asked. */
export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** Machine-readable; the console translates by it. */
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
    readonly at: string | null = null,
  ) {
    super(message)
  }
}

type Listener = (error: ApiError) => void
const listeners: { signedOut: Listener[]; heard: ((at: number, hubNow: number | null) => void)[] } = { signedOut: [], heard: [] }

/** Called whenever the hub says that nobody is signed in. */
export function onSignedOut(listener: Listener): void {
  listeners.signedOut.push(listener)
}

/** Called whenever the hub answers anything, with the hub's clock where it said it (`Date`, whole seconds). */
export function onHeard(listener: (at: number, hubNow: number | null) => void): void {
  listeners.heard.push(listener)
}

export interface Options {
  body?: unknown
  /** Sent as it is; `body` is not used. */
  raw?: { type: string; text: string }
  headers?: Record<string, string>
  signal?: AbortSignal
}

export interface Answer<T> {
  value: T
  etag: string | null
}

/** Header that a page of another origin cannot set without the hub's permission. */
const GUARD = { 'x-pingfeng': '1' }

export async function ask<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers }
  if (method !== 'GET') Object.assign(headers, GUARD)
  let body: string | undefined
  if (options.raw) {
    headers['content-type'] = options.raw.type
    body = options.raw.text
  } else if (options.body !== undefined) {
    headers['content-type'] = 'application/json'
    body = JSON.stringify(options.body)
  }
  let response: Response
  try {
    response = await fetch(`/api/v1/${path}`, { method, headers, body, signal: options.signal ?? null, credentials: 'same-origin', cache: 'no-store' })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, 'network', String(cause))
  }
  const hubNow = Date.parse(response.headers.get('date') ?? '')
  for (const heard of listeners.heard) heard(Date.now(), Number.isNaN(hubNow) ? null : hubNow)
  const text = await response.text()
  if (!response.ok) throw problem(response.status, text, !path.startsWith('session'))
  return { value: parse(response.headers.get('content-type') ?? '', text) as T, etag: response.headers.get('etag') }
}

export const get = async <T>(path: string, signal?: AbortSignal): Promise<T> => (await ask<T>('GET', path, { signal })).value
export const post = async <T>(path: string, body?: unknown): Promise<T> => (await ask<T>('POST', path, { body: body ?? {} })).value
export const put = async <T>(path: string, body?: unknown): Promise<T> => (await ask<T>('PUT', path, { body: body ?? {} })).value
export const patch = async <T>(path: string, body?: unknown): Promise<T> => (await ask<T>('PATCH', path, { body: body ?? {} })).value
export const del = async <T>(path: string): Promise<T> => (await ask<T>('DELETE', path)).value

/** Sends a file and says how much of it has left this machine; `fetch` cannot say that. */
export function sendFile<T>(path: string, file: Blob, onSent: (sent: number, total: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1/${path}`)
    request.setRequestHeader('content-type', 'application/zip')
    request.setRequestHeader('x-pingfeng', '1')
    request.upload.onprogress = (event) => onSent(event.loaded, event.total)
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        resolve(parse(request.getResponseHeader('content-type') ?? '', request.responseText) as T)
      } else reject(problem(request.status, request.responseText, true))
    }
    request.onerror = () => reject(new ApiError(0, 'network', 'no answer'))
    request.onabort = () => reject(new ApiError(0, 'cancelled', 'cancelled'))
    signal?.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

function parse(type: string, text: string): unknown {
  if (text === '') return undefined
  return /json/.test(type) ? JSON.parse(text) : text
}

function problem(status: number, text: string, tell: boolean): ApiError {
  let said: ApiProblem | undefined
  try {
    said = (JSON.parse(text) as { error?: ApiProblem }).error
  } catch {
    // A proxy or an older hub: the status has to do.
  }
  const error = new ApiError(status, said?.code ?? `http_${status}`, said?.message ?? '', said?.hint ?? null, said?.at ?? null)
  if (status === 401 && tell) for (const listener of listeners.signedOut) listener(error)
  return error
}
