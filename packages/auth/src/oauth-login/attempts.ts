import type { Encryption } from '@repo/encryption'
import { generateToken } from '../tokens.ts'

/** A log-in that has gone to another provider and is to come back, in the browser that began it. */
export interface Attempt {
  readonly provider: string
  /** Where the person goes afterwards, on this site. */
  readonly returnTo: string
  /** The signed-in user whom the provider's person is to be linked to; null for a log-in. */
  readonly linkTo: string | null
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

interface Kept extends Attempt {
  readonly expiresAt: number
}

export interface Attempts {
  readonly cookieName: string
  /** A new one, and the Set-Cookie header that keeps it in the browser: it is stored nowhere else. */
  create(asked: Pick<Attempt, 'provider' | 'returnTo' | 'linkTo'>): {
    readonly attempt: Attempt
    readonly cookie: string
  }
  /** The attempt in a cookie's value; null for one that is over or not ours. */
  read(value: string | undefined): Attempt | null
  /** The Set-Cookie header that ends it. */
  readonly endingCookie: string
}

const lifeSeconds = 10 * 60
const context = 'external-login'

/** State, nonce and verifier bind the answer to the browser that asked (RFC 9700, section 4.7). */
export function createAttempts(options: {
  readonly encryption: Encryption
  readonly clock: () => Date
  readonly secureCookies: boolean
}): Attempts {
  const { encryption, clock, secureCookies } = options
  const cookieName = secureCookies ? '__Host-external-login' : 'external-login'
  const serialize = (value: string, maxAgeSeconds: number) =>
    [`${cookieName}=${value}`, 'HttpOnly', ...(secureCookies ? ['Secure'] : [])]
      // Lax, since the answer comes by a link from another site.
      .concat('SameSite=Lax', 'Path=/', `Max-Age=${maxAgeSeconds}`)
      .join('; ')
  return {
    cookieName,
    endingCookie: serialize('', 0),
    create(asked) {
      const [state, nonce, codeVerifier] = [generateToken(), generateToken(), generateToken()]
      const attempt = { ...asked, state, nonce, codeVerifier }
      const kept: Kept = { ...attempt, expiresAt: clock().getTime() + lifeSeconds * 1_000 }
      const value = encryption.encrypt(JSON.stringify(kept), context)
      return { attempt, cookie: serialize(value, lifeSeconds) }
    },
    read(value) {
      const kept = value === undefined ? null : open(value)
      return kept && kept.expiresAt > clock().getTime() ? kept : null
    },
  }

  /** A cookie is the visitor's to change: one that cannot be opened is none. */
  function open(value: string): Kept | null {
    try {
      // Parse boundary: nobody else can encrypt under this context.
      return JSON.parse(encryption.decrypt(value, context)) as Kept
    } catch {
      return null
    }
  }
}
