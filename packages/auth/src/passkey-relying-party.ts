import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { COSEALG, decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers'
import { challengeOf } from './passkey-challenge.ts'

export type CreationOptions = PublicKeyCredentialCreationOptionsJSON
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON
export type RegistrationResponse = RegistrationResponseJSON
export type AuthenticationResponse = AuthenticationResponseJSON

/** The site as WebAuthn sees it: what it asks of browsers, and whether their answers are sound. */
export interface RelyingParty {
  creationOptions(challenge: string, options: NewCredential): Promise<CreationOptions>
  requestOptions(challenge: string): Promise<RequestOptions>
  /** The credential that answers this challenge, for this site, with its user verified; else null. */
  verifyCreation(
    challenge: string,
    response: RegistrationResponse,
  ): Promise<(KnownCredential & CredentialState & { readonly publicKey: Uint8Array }) | null>
  /** What the credential says of itself, when its key signed this challenge as above; else null. */
  verifyRequest(
    challenge: string,
    response: AuthenticationResponse,
    credential: { readonly userId: string; readonly publicKey: Uint8Array },
  ): Promise<CredentialState | null>
}

export interface NewCredential {
  readonly user: { readonly userId: string; readonly email: string; readonly name: string }
  readonly known: readonly KnownCredential[]
}

export interface KnownCredential {
  readonly id: string
  readonly transports: readonly string[]
}

export interface CredentialState {
  readonly counter: number
  readonly backedUp: boolean
}

/** How long a browser may take to answer; its challenge is good for as long. */
export const ceremonySeconds = 5 * 60

const supportedAlgorithmIDs = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256]
const knownTransports = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']
const credentialIdShape = /^[\w-]{22,1364}$/

/** Whether it can be a credential's id: 16 to 1023 bytes in base64url (WebAuthn, section 4). */
export const isCredentialId = (id: string): boolean => credentialIdShape.test(id)

/** Passkeys by SimpleWebAuthn, for the origin of `baseUrl` alone, whatever host a request names. */
export function createRelyingParty(options: {
  readonly baseUrl: string
  readonly productName: string
}): RelyingParty {
  const { hostname: rpID, origin } = new URL(options.baseUrl)
  const timeout = ceremonySeconds * 1_000
  const expected = { expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true }
  return {
    creationOptions: (challenge, { user, known }) =>
      generateRegistrationOptions({
        rpName: options.productName,
        rpID,
        userID: toUserHandle(user.userId),
        userName: user.email,
        userDisplayName: user.name,
        challenge,
        timeout,
        attestationType: 'none',
        excludeCredentials: known.map(({ id, transports }) => ({
          id,
          transports: [...transports],
        })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        supportedAlgorithmIDs,
      }),
    requestOptions: (challenge) =>
      generateAuthenticationOptions({ rpID, challenge, timeout, userVerification: 'required' }),
    verifyCreation: (token, response) =>
      nullWhenThrown(async () => {
        if (!isUnattested(response)) return null
        const { registrationInfo } = await verifyRegistrationResponse({
          ...expected,
          response,
          expectedChallenge: challengeOf(token),
          supportedAlgorithmIDs,
        })
        if (!registrationInfo) return null
        const { credential, credentialBackedUp: backedUp } = registrationInfo
        const { id, publicKey, counter, transports = [] } = credential
        if (id !== response.id || !isCredentialId(id)) return null
        const named = knownTransports.filter((transport) => transports.includes(transport))
        return { id, publicKey, counter, backedUp, transports: named }
      }),
    verifyRequest: (token, response, { userId, publicKey }) =>
      nullWhenThrown(async () => {
        // Nobody was named, so the authenticator must (WebAuthn, section 7.2, step 6).
        if (response.response.userHandle !== isoBase64URL.fromBuffer(toUserHandle(userId)))
          return null
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          ...expected,
          response,
          expectedChallenge: challengeOf(token),
          // The database compares counters, where two answers at once cannot both be the newer one.
          credential: { id: response.id, publicKey: Uint8Array.from(publicKey), counter: 0 },
        })
        const { newCounter: counter, credentialBackedUp: backedUp } = authenticationInfo
        return verified ? { counter, backedUp } : null
      }),
  }
}

// The 16 bytes of a UUID, of which an authenticator takes 64 at most.
function toUserHandle(userId: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(userId.replaceAll('-', ''), 'hex'))
}

// Browsers take certificates away when none is asked for; verifying one could fetch what it names (faults 47).
function isUnattested({ response }: RegistrationResponse): boolean {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject))
  const format = attestation.get('fmt')
  return format === 'none' || (format === 'packed' && !attestation.get('attStmt').get('x5c'))
}

// SimpleWebAuthn throws on whatever is broken or wrong, in a dozen kinds of error.
async function nullWhenThrown<T>(verify: () => Promise<T | null>): Promise<T | null> {
  try {
    return await verify()
  } catch {
    return null
  }
}
