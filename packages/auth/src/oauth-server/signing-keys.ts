import { createLocalJWKSet, errors, type JWK, type JWTVerifyGetKey } from 'jose'
import type { RotatingKeys } from '../rotating-keys/open-rotating-keys.ts'

/** RFC 9068, section 2.1: every resource server knows this one. */
export const signingAlgorithm = 'RS256'

/** What tokens are signed with, as it is now. */
export interface SigningKeys {
  /** The first signs; all of them are published, and verify. */
  privateKeys(): readonly JWK[]
  /** For what is signed by one of them; a key that is not known yet is looked for, once a second at most. */
  readonly findPublicKey: JWTVerifyGetKey
  /** Called when there are others, or another one signs. */
  watch(listener: () => void): void
}

export function createSigningKeys(keys: RotatingKeys): SigningKeys {
  let privateKeys = toJwks(keys)
  let find = createLocalJWKSet({ keys: privateKeys.map(toPublic) })
  keys.watch(() => {
    privateKeys = toJwks(keys)
    find = createLocalJWKSet({ keys: privateKeys.map(toPublic) })
  })
  return {
    privateKeys: () => privateKeys,
    watch: keys.watch,
    async findPublicKey(header, token) {
      try {
        return await find(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        // Another process may have signed with a key that is newer than what is known here.
        await keys.refresh()
        return find(header, token)
      }
    },
  }
}

const toJwks = (keys: RotatingKeys): readonly JWK[] =>
  keys.current().map(({ id, text }) => {
    const key: JWK = JSON.parse(text)
    return { ...key, kid: id, alg: signingAlgorithm, use: 'sig' }
  })

const toPublic = ({ kty, kid, alg, use, n, e }: JWK): JWK => ({ kty, kid, alg, use, n, e }) as JWK
