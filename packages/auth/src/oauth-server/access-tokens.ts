import { jwtVerify } from 'jose'
import type { AccessTokenCredential, Identity } from '../identity.ts'
import type { AskIdentity } from '../identity-functions.ts'
import { type PersonRow, toIdentity } from '../person-row.ts'
import { checkProof, type Proof } from './dpop-proof.ts'
import { identityScopes } from './provider-configuration.ts'
import { type SigningKeys, signingAlgorithm } from './signing-keys.ts'

/** A token as a request presents it. */
export interface PresentedToken {
  readonly token: string
  /** Of RFC 6750, or of RFC 9449. */
  readonly scheme: 'bearer' | 'dpop'
  readonly proof: string | undefined
  readonly method: string
  /** The path, without query. */
  readonly path: string
}

export interface AccessTokens {
  /**
   * Whose token it is, as its user, client and grant are now; null for anything that is no live access token
   * of ours for this API (RFC 9068, section 4). Forged ones cost one query a second at most, however many they are.
   */
  find(presented: PresentedToken): Promise<Identity<AccessTokenCredential> | null>
}

interface Claims {
  readonly userId: string
  readonly clientId: string
  readonly grantId: string | null
  readonly scopes: readonly string[]
  readonly expiresAt: Date
  /** Of the key that the token is bound to; null for one that whoever bears it may use. */
  readonly thumbprint: string | null
}

interface TokenRow extends PersonRow {
  readonly second_factor: boolean
  readonly client_scopes: readonly string[]
}

const maxTokenLength = 8_192
// Signatures do not change: a token that was good is looked up by its text. Some 1 kB each.
const maxRemembered = 5_000
const identity: ReadonlySet<string> = new Set(identityScopes)
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function createAccessTokens(options: {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly issuer: string
  readonly audience: string
  readonly signingKeys: SigningKeys
}): AccessTokens {
  const { ask, clock, issuer, audience, signingKeys } = options
  const remembered = new Map<string, Claims>()
  // A key that was revoked vouches for nothing more.
  signingKeys.watch(() => remembered.clear())

  async function read(token: string): Promise<Claims | null> {
    const known = remembered.get(token)
    if (known) return known
    if (token.length > maxTokenLength) return null
    const claims = await verify(token)
    if (!claims) return null
    if (remembered.size >= maxRemembered) forgetOldest(remembered)
    remembered.set(token, claims)
    return claims
  }

  async function verify(token: string): Promise<Claims | null> {
    try {
      const { payload } = await jwtVerify(token, signingKeys.findPublicKey, {
        issuer,
        audience,
        algorithms: [signingAlgorithm],
        typ: 'at+jwt',
        requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id'],
        currentDate: clock(),
      })
      return toClaims(payload)
    } catch {
      return null
    }
  }

  return {
    async find({ token, scheme, proof, method, path }) {
      const claims = await read(token)
      const now = clock()
      if (!claims || claims.expiresAt <= now) return null
      const { thumbprint, userId, clientId, grantId } = claims
      // A bound token is no bearer token, and a bearer token proves nothing (RFC 9449, section 7.2).
      if ((thumbprint !== null) !== (scheme === 'dpop')) return null
      let proven: Proof | null = null
      if (thumbprint !== null) {
        const request = { proof: proof ?? '', token, method, url: issuer + path, thumbprint }
        proven = await checkProof(request, now)
        if (!proven) return null
      }
      const values = [userId, clientId, grantId, now, proven?.id ?? null, proven?.until ?? null]
      const [row] = await ask<TokenRow>('find_access_token', ...values)
      return row ? toIdentity(row, toCredential(claims, row)) : null
    },
  }
}

function toClaims(payload: Readonly<Record<string, unknown>>): Claims | null {
  const { sub, client_id: clientId, grant_id: grantId = null, scope = '', exp, cnf } = payload
  const ids = [sub, clientId, ...(grantId === null ? [] : [grantId])]
  if (!ids.every((id) => typeof id === 'string' && uuidForm.test(id))) return null
  const jkt: unknown = typeof cnf === 'object' && cnf !== null ? Reflect.get(cnf, 'jkt') : null
  return {
    userId: String(sub),
    clientId: String(clientId),
    grantId: grantId === null ? null : String(grantId),
    scopes: String(scope).split(' ').filter(Boolean),
    expiresAt: new Date(Number(exp) * 1_000),
    thumbprint: typeof jkt === 'string' ? jkt : null,
  }
}

const toCredential = (claims: Claims, row: TokenRow): AccessTokenCredential => ({
  kind: 'accessToken',
  clientId: claims.clientId,
  grantId: claims.grantId,
  // What its client may do now: an administrator may have taken some of it away.
  permissions: claims.scopes.filter(
    (scope) => identity.has(scope) || row.client_scopes.includes(scope),
  ),
  secondFactor: row.second_factor,
  expiresAt: claims.expiresAt,
})

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
