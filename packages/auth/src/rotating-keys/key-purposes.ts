import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { knownBrowserSeconds } from '../known-browsers.ts'
import { signingAlgorithm } from '../oauth-server/signing-keys.ts'

const hour = 60 * 60
const day = 24 * hour

interface PurposeOfKeys {
  /** How long a key is known before it is used. */
  readonly aheadSeconds: number
  /** How long what was made with a key is good at most, once another one is used. */
  readonly overlapSeconds: number
  readonly generate: () => Promise<string>
}

/** What the keys of an installation are for; each purpose has its own (G35). */
export const keyPurposes = {
  /** Tokens of the OAuth server: its JWKS, which others may keep for a day. */
  signing: {
    aheadSeconds: day,
    overlapSeconds: day,
    async generate() {
      const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
      return JSON.stringify(await exportJWK(privateKey))
    },
  },
  /** What a browser keeps for us. */
  cookie: {
    aheadSeconds: hour,
    overlapSeconds: knownBrowserSeconds,
    generate: async () => randomBytes(32).toString('base64'),
  },
} as const satisfies Readonly<Record<string, PurposeOfKeys>>

export type KeyPurpose = keyof typeof keyPurposes

/** What the name of a key is: of 128 random bits, fit for a `kid` and for an id of `@repo/encryption`. */
export const generateKeyId = () => randomBytes(16).toString('hex')

/** What a key is bound to where it stands encrypted. */
export const keyContext = (purpose: KeyPurpose, id: string) => `${purpose}-key:${id}`
