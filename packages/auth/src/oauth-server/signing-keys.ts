import type { Encryption } from '@repo/encryption'
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, type JWTVerifyGetKey } from 'jose'
import type { AskIdentity } from '../identity-functions.ts'
import { generateToken } from '../tokens.ts'

/** RFC 9068, section 2.1: every resource server knows this one. */
export const signingAlgorithm = 'RS256'

export interface SigningKeys {
  /** The newest first, which signs; all of them verify. */
  readonly privateKeys: readonly JWK[]
  /** For what is signed by one of them. */
  readonly findPublicKey: JWTVerifyGetKey
}

interface KeyRow {
  readonly id: string
  readonly private_key: string
}

const contextOf = (id: string) => `signing-key:${id}`

/**
 * The keys that tokens are signed with, encrypted in Postgres; makes the first where there is none. Throws
 * where ENCRYPTION_KEYS lacks the one that they are under.
 */
export async function openSigningKeys(options: {
  readonly ask: AskIdentity
  readonly encryption: Encryption
  readonly clock: () => Date
}): Promise<SigningKeys> {
  const { ask, encryption } = options
  const known = await ask<KeyRow>('list_signing_keys', signingAlgorithm)
  const rows = known.length > 0 ? known : await makeFirst(options)
  const privateKeys = rows.map((row): JWK => {
    const key: JWK = JSON.parse(openSealed(row, encryption))
    return { ...key, kid: row.id, alg: signingAlgorithm, use: 'sig' }
  })
  return { privateKeys, findPublicKey: createLocalJWKSet({ keys: privateKeys.map(toPublic) }) }
}

function openSealed(row: KeyRow, encryption: Encryption): string {
  try {
    return encryption.decrypt(row.private_key, contextOf(row.id))
  } catch (cause) {
    const message =
      'ENCRYPTION_KEYS cannot open the signing keys of this database: a key is missing.'
    throw new Error(message, { cause })
  }
}

/** Of processes that start at once, all get the key of the first. */
async function makeFirst({
  ask,
  encryption,
  clock,
}: Parameters<typeof openSigningKeys>[0]): Promise<readonly KeyRow[]> {
  const id = generateToken().slice(0, 22)
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
  const text = JSON.stringify(await exportJWK(privateKey))
  const sealed = encryption.encrypt(text, contextOf(id))
  return ask<KeyRow>('ensure_signing_key', id, signingAlgorithm, sealed, clock())
}

const toPublic = ({ kty, kid, alg, use, n, e }: JWK): JWK => ({ kty, kid, alg, use, n, e }) as JWK
