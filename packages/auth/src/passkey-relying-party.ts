import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import {
  decodeAttestationObject,
  isoBase64URL,
  verifySignature,
} from '@simplewebauthn/server/helpers'
import { challengeOf } from './passkey-challenge.ts'
import { algorithms, type KnownCredential, type Site, toUserHandle } from './passkey-options.ts'

export type RegistrationResponse = RegistrationResponseJSON
export type AuthenticationResponse = AuthenticationResponseJSON

/** What a credential says of itself at each use. */
export interface CredentialState {
  readonly counter: number
  readonly backedUp: boolean
}

export interface NewCredential extends KnownCredential, CredentialState {
  readonly publicKey: Uint8Array
}

const knownTransports = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']
const credentialIdShape = /^[\w-]{22,1364}$/

/** Whether it can be a credential's id: 16 to 1023 bytes in base64url (WebAuthn, section 4). */
export const isCredentialId = (id: string): boolean => credentialIdShape.test(id)

/** The credential that was made for this site and challenge, with its user verified; else null. */
export function verifyCreation(
  site: Site,
  challenge: string,
  response: RegistrationResponse,
): Promise<NewCredential | null> {
  return nullWhenThrown(async () => {
    if (!isUnattested(response)) return null
    const { registrationInfo } = await verifyRegistrationResponse({
      ...expectedOf(site, challenge),
      response,
      supportedAlgorithmIDs: [...algorithms],
    })
    if (!registrationInfo) return null
    const { credential, credentialBackedUp: backedUp } = registrationInfo
    const { id, publicKey, counter, transports = [] } = credential
    if (id !== response.id || !isCredentialId(id)) return null
    await requireUsableKey(publicKey)
    const known = knownTransports.filter((transport) => transports.includes(transport))
    return { id, publicKey, counter, backedUp, transports: known }
  })
}

/** What the credential says, when its key signed for this site and challenge as above; else null. */
export function verifyRequest(
  site: Site,
  challenge: string,
  {
    response,
    credential,
  }: {
    readonly response: AuthenticationResponse
    readonly credential: { readonly userId: string; readonly publicKey: Uint8Array }
  },
): Promise<CredentialState | null> {
  return nullWhenThrown(async () => {
    const owner = isoBase64URL.fromBuffer(toUserHandle(credential.userId))
    // Nobody was named before, so the authenticator must name them (WebAuthn, section 7.2, step 6).
    if (response.response.userHandle !== owner) return null
    const publicKey = Uint8Array.from(credential.publicKey)
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      ...expectedOf(site, challenge),
      response,
      // The database compares counters, where two answers at once cannot both be the newer one.
      credential: { id: response.id, publicKey, counter: 0 },
    })
    const { newCounter: counter, credentialBackedUp: backedUp } = authenticationInfo
    return verified ? { counter, backedUp } : null
  })
}

const expectedOf = ({ origin, hostname }: Site, challenge: string) => ({
  expectedChallenge: challengeOf(challenge),
  expectedOrigin: origin,
  expectedRPID: hostname,
  requireUserVerification: true,
})

// Browsers drop certificates when none are asked for; to verify one could fetch what it names (faults 47).
function isUnattested({ response }: RegistrationResponse): boolean {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject))
  const format = attestation.get('fmt')
  return format === 'none' || (format === 'packed' && !attestation.get('attStmt').get('x5c'))
}

// Nothing is signed with a new key, so try it: on one that is broken or cut off this throws.
async function requireUsableKey(publicKey: Uint8Array<ArrayBuffer>): Promise<void> {
  // An ECDSA signature in DER whose r and s are 1.
  const signature = Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1)
  await verifySignature({ signature, data: new Uint8Array(), credentialPublicKey: publicKey })
}

// SimpleWebAuthn throws on whatever is broken or wrong, in a dozen kinds of error.
async function nullWhenThrown<T>(verify: () => Promise<T | null>): Promise<T | null> {
  try {
    return await verify()
  } catch {
    return null
  }
}
