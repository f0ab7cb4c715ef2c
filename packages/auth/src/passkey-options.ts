import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import { COSEALG } from '@simplewebauthn/server/helpers'

export type CreationOptions = PublicKeyCredentialCreationOptionsJSON
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON

/** The site that passkeys are made for, whatever host a request names. */
export interface Site {
  readonly origin: string
  readonly hostname: string
  readonly productName: string
}

export interface PasskeyOwner {
  readonly userId: string
  readonly email: string
  readonly name: string
}

export interface KnownCredential {
  readonly id: string
  readonly transports: readonly string[]
}

/** How long a browser may take to answer; its challenge is good for as long. */
export const ceremonySeconds = 5 * 60

/** By preference; ML-DSA, which Node could verify too, waits until authenticators offer it. */
export const algorithms: readonly number[] = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256]

/** What an authenticator knows a user by: the 16 bytes of their id. */
export function toUserHandle(userId: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(userId.replaceAll('-', ''), 'hex'))
}

/** What a browser is asked for a passkey that verifies its user and names them by itself. */
export function createCreationOptions(
  site: Site,
  challenge: string,
  { owner, known }: { readonly owner: PasskeyOwner; readonly known: readonly KnownCredential[] },
): Promise<CreationOptions> {
  return generateRegistrationOptions({
    rpName: site.productName,
    rpID: site.hostname,
    userID: toUserHandle(owner.userId),
    userName: owner.email,
    userDisplayName: owner.name,
    challenge,
    timeout: ceremonySeconds * 1_000,
    attestationType: 'none',
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports: [...transports] })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: [...algorithms],
  })
}

/** What a browser is asked for a log-in by any passkey of this site. */
export function createRequestOptions(site: Site, challenge: string): Promise<RequestOptions> {
  return generateAuthenticationOptions({
    rpID: site.hostname,
    challenge,
    timeout: ceremonySeconds * 1_000,
    userVerification: 'required',
  })
}
