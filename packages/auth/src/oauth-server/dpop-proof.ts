import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { hashToken } from '../tokens.ts'
import { oauthLifetimes } from './oauth-lifetimes.ts'
import { proofAlgorithms } from './provider-configuration.ts'

/** A request that came with an access token: what its proof of possession has to speak of. */
export interface ProvenRequest {
  readonly proof: string
  readonly token: string
  readonly method: string
  /** Without query and fragment. */
  readonly url: string
  /** Of the key that the token is bound to (RFC 7638). */
  readonly thumbprint: string
}

export interface Proof {
  /** The same for the same proof: it is good once. */
  readonly id: string
  readonly until: Date
}

const maxProofLength = 4_096

/** Checks a proof of possession as RFC 9449, section 4.3, says, but for its being new; null for one that is none. */
export async function checkProof(request: ProvenRequest, now: Date): Promise<Proof | null> {
  const { proof, token, method, url, thumbprint } = request
  if (proof.length > maxProofLength) return null
  const read = await readProof(proof, now)
  if (!read) return null
  const { payload, key } = read
  const ageSeconds = Math.abs(now.getTime() / 1_000 - Number(payload.iat))
  const isGood =
    key === thumbprint &&
    ageSeconds <= oauthLifetimes.proofSeconds &&
    payload['htm'] === method &&
    isSameUrl(payload['htu'], url) &&
    payload['ath'] === createHash('sha256').update(token).digest('base64url') &&
    typeof payload.jti === 'string'
  if (!isGood) return null
  const until = new Date(now.getTime() + 2 * oauthLifetimes.proofSeconds * 1_000)
  return { id: hashToken(`${thumbprint} ${payload.jti}`), until }
}

async function readProof(proof: string, currentDate: Date) {
  const options = { algorithms: [...proofAlgorithms], typ: 'dpop+jwt', currentDate }
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, options)
    // EmbeddedJWK has refused a header without a public key.
    return { payload, key: await calculateJwkThumbprint(protectedHeader.jwk ?? {}) }
  } catch {
    return null
  }
}

function isSameUrl(said: unknown, url: string): boolean {
  const parsed = typeof said === 'string' ? URL.parse(said) : null
  if (!parsed) return false
  parsed.search = ''
  parsed.hash = ''
  return parsed.href === new URL(url).href
}
