import { randomBytes } from 'node:crypto'
import {
  base64url,
  sha256,
  type Tampering,
  toAttestedKey,
  toAuthenticatorData,
  toClientData,
} from './authenticator-data.ts'
import { type Cbor, encodeCbor } from './encode-cbor.ts'
import { generateSigningKey, type KeyAlgorithm, type SigningKey } from './signing-key.ts'

/** What `navigator.credentials.create` is told, as far as it is read here. */
export interface KeyCreation {
  readonly challenge: string
  readonly rp: { readonly id?: string }
  readonly user: { readonly id: string }
  readonly excludeCredentials?: readonly { readonly id: string }[]
}

/** What `navigator.credentials.get` is told, as far as it is read here. */
export interface KeyRequest {
  readonly challenge: string
  readonly rpId?: string
}

interface Answer<Response> {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment: 'platform'
  clientExtensionResults: { credProps?: { rk: boolean } }
  response: Response
}

export interface Authenticator {
  /** Makes a key; throws, as browsers do, when an excluded credential is one of its own. */
  create(options: KeyCreation, tampering?: Tampering): Answer<Attestation>
  /** Signs with the newest key; throws when there is none. */
  get(options: KeyRequest, tampering?: Tampering): Answer<Assertion>
}

interface Attestation {
  clientDataJSON: string
  attestationObject: string
  transports: string[]
}

interface Assertion {
  clientDataJSON: string
  authenticatorData: string
  signature: string
  userHandle?: string
}

interface HeldKey {
  readonly id: string
  readonly signingKey: SigningKey
  readonly userHandle: string
}

/**
 * A browser and its authenticator (WebAuthn level 3) in software, honest unless told otherwise. It
 * counts its signatures from 1, or always says 0 when it does not count, as synced passkeys do.
 */
export function createAuthenticator(options: {
  readonly origin: string
  readonly counts?: boolean
  readonly algorithm?: KeyAlgorithm
}): Authenticator {
  const { origin, counts = true, algorithm = 'ES256' } = options
  const host = new URL(origin).hostname
  const keys: HeldKey[] = []
  let counter = 0
  const nextCounter = () => (counts ? ++counter : 0)
  return {
    create({ challenge, rp, user, excludeCredentials = [] }, tampering = {}) {
      if (excludeCredentials.some(({ id }) => keys.some((key) => key.id === id)))
        throw new Error('InvalidStateError: this authenticator holds a key of the list')
      const signingKey = generateSigningKey(algorithm)
      const credentialId = tampering.credentialId ?? randomBytes(32)
      const id = base64url(credentialId)
      keys.push({ id, signingKey, userHandle: user.id })
      const honest = { rpId: rp.id ?? host, counter: nextCounter(), attestsKey: true }
      const start = toAuthenticatorData(honest, tampering)
      const attested = toAttestedKey(credentialId, signingKey.toCose(tampering.algorithm))
      const attestation = new Map<string, Cbor>([
        ['fmt', tampering.format ?? 'none'],
        ['attStmt', new Map()],
        ['authData', Buffer.concat([start, attested])],
      ])
      return toAnswer(id, {
        clientDataJSON: toClientData({ type: 'webauthn.create', challenge, origin }, tampering),
        attestationObject: base64url(encodeCbor(attestation)),
        transports: ['internal', 'hybrid'],
      })
    },
    get({ challenge, rpId = host }, tampering = {}) {
      const key = keys.at(-1)
      if (!key) throw new Error('NotAllowedError: this authenticator holds no key')
      const clientDataJSON = toClientData({ type: 'webauthn.get', challenge, origin }, tampering)
      const honest = { rpId, counter: nextCounter(), attestsKey: false }
      const data = toAuthenticatorData(honest, tampering)
      const clientHash = sha256(Buffer.from(clientDataJSON, 'base64url'))
      const signed = Buffer.concat([data, tampering.wrongSignature ? sha256('') : clientHash])
      const userHandle = tampering.userHandle === undefined ? key.userHandle : tampering.userHandle
      return toAnswer(key.id, {
        clientDataJSON,
        authenticatorData: base64url(data),
        signature: base64url(key.signingKey.sign(signed)),
        ...(userHandle === null ? {} : { userHandle }),
      })
    },
  }
}

function toAnswer<Response>(id: string, response: Response): Answer<Response> {
  return {
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response,
  }
}
