/**
 * Passkeys (WebAuthn): signing what the hub has prepared, and making a new key to sign with. The private half never
 * leaves the authenticator, and what comes out is checked by every screen. Only ES256, and only after the person was
 * verified by finger, face or PIN: a screen counts nothing else.
 */
import { ApiError } from './api/client'
import type { PasskeyOf } from './api/trust'

/** What the hub takes as a signature; everything base64url. */
export interface Assertion {
  credential: string
  authenticator_data: string
  client_data: string
  signature: string
}

/** A new key, as it goes into the roster. */
export interface NewKey {
  /** `es256:…` */
  key: string
  rp_id: string
  credential: string
}

/** ECDSA with P-256 and SHA-256, by its number at IANA. */
const ES256 = -7
/** A touch, a PIN, perhaps a telephone that has to be fetched. */
const PATIENCE_MS = 120_000

export function toUrl(bytes: ArrayBuffer | Uint8Array): string {
  const text = String.fromCharCode(...new Uint8Array(bytes))
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

export function fromUrl(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

/** The text of a public key from the `SubjectPublicKeyInfo` that a browser hands out; null for another kind of key. */
export function keyText(spki: ArrayBuffer): string | null {
  const bytes = new Uint8Array(spki)
  // For P-256 it is 26 fixed bytes and the uncompressed point, which begins with 4.
  const point = bytes.slice(-65)
  return bytes.length === 91 && point[0] === 4 ? `es256:${toUrl(point)}` : null
}

/** Why passkeys cannot be used on this page, as a message key; null: they can. */
export function unusable(host: string, known: boolean): string | null {
  if (!known) return 'trust.no_passkeys'
  return /^\[|^[\d.]+$/.test(host) ? 'trust.bad_host' : null
}
export const whyUnusable = (): string | null => unusable(window.location.hostname, typeof window.PublicKeyCredential === 'function')

/** True if a page of `host` may use a passkey of `rpId`. */
export const belongs = (host: string, rpId: string): boolean => host === rpId || host.endsWith(`.${rpId}`)

/** Those that can sign on this page. */
export const usable = (keys: PasskeyOf[], host = window.location.hostname): PasskeyOf[] => keys.filter((key) => belongs(host, key.rp_id))

/** Has one of these passkeys sign. What is asked is shown by the browser, not by this page. */
export async function sign(challenge: string, keys: PasskeyOf[]): Promise<Assertion> {
  const here = usable(keys)
  const rpId = here[0]?.rp_id
  if (!rpId) throw new ApiError(0, 'passkey_failed', 'no passkey of the roster belongs to this address')
  const credential = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: fromUrl(challenge), rpId, timeout: PATIENCE_MS, userVerification: 'required',
        allowCredentials: here.filter((key) => key.rp_id === rpId).map((key) => ({ type: 'public-key' as const, id: fromUrl(key.credential) })),
      },
    }),
  )
  const response = credential.response as AuthenticatorAssertionResponse
  return { credential: toUrl(credential.rawId), authenticator_data: toUrl(response.authenticatorData), client_data: toUrl(response.clientDataJSON), signature: toUrl(response.signature) }
}

/** Makes a passkey for somebody of the roster. Nothing of it is sent to the hub but its public half, to be named. */
export async function make(person: string): Promise<NewKey> {
  const rp_id = window.location.hostname
  const credential = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { id: rp_id, name: 'Pingfeng' },
        user: { id: crypto.getRandomValues(new Uint8Array(16)), name: person, displayName: person },
        // Nobody looks at the statement of the authenticator's maker, so what is signed here proves nothing.
        challenge: crypto.getRandomValues(new Uint8Array(32)), attestation: 'none',
        pubKeyCredParams: [{ type: 'public-key', alg: ES256 }],
        authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' }, timeout: PATIENCE_MS,
      },
    }),
  )
  const spki = (credential.response as AuthenticatorAttestationResponse).getPublicKey()
  const key = spki && keyText(spki)
  if (!key) throw new ApiError(0, 'passkey_kind', 'not a key of P-256')
  return { key, rp_id, credential: toUrl(credential.rawId) }
}

/** As it stands in the file that `pingfengctl roster make` reads. */
export const rosterLines = (person: string, key: NewKey): string =>
  `[[people]]\nid = "${person}"\nroles = []\nkeys = [{ key = "${key.key}", rp_id = "${key.rp_id}", credential = "${key.credential}" }]\n`

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await ask()
    if (credential) return credential as PublicKeyCredential
  } catch (problem) {
    // Browsers say the same for a refusal, a timeout and a key that is not there, so that no page learns which.
    const cancelled = problem instanceof DOMException && /NotAllowed|Abort/.test(problem.name)
    throw new ApiError(0, cancelled ? 'passkey_cancelled' : 'passkey_failed', String(problem))
  }
  throw new ApiError(0, 'passkey_failed', 'no credential')
}
