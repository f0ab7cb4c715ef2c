import { createHash } from 'node:crypto'

/** Where an answer departs from the honest one. */
export interface Tampering {
  readonly challenge?: string
  readonly origin?: string
  readonly crossOrigin?: boolean
  /** Of the ceremony, such as `webauthn.get`. */
  readonly type?: string
  readonly rpId?: string
  readonly userPresent?: boolean
  readonly userVerified?: boolean
  readonly backedUp?: boolean
  readonly counter?: number
  /** Null leaves it out. */
  readonly userHandle?: string | null
  readonly wrongSignature?: boolean
  /** At creation: the id that the new key goes by. */
  readonly credentialId?: Uint8Array
  /** At creation: the COSE number that the key claims for its algorithm. */
  readonly algorithm?: number
  /** At creation: the format of the attestation. */
  readonly format?: string
}

export const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest()

export const base64url = (data: string | Uint8Array) => Buffer.from(data).toString('base64url')

export function toClientData(
  honest: { readonly type: string; readonly challenge: string; readonly origin: string },
  { type, challenge, origin, crossOrigin = false }: Tampering,
): string {
  const data = {
    type: type ?? honest.type,
    challenge: challenge ?? honest.challenge,
    origin: origin ?? honest.origin,
    crossOrigin,
  }
  return base64url(JSON.stringify(data))
}

// WebAuthn, section 6.1: user present, -, verified, may be backed up, is backed up, -, key attached.
export function toAuthenticatorData(
  honest: { readonly rpId: string; readonly counter: number; readonly attestsKey: boolean },
  tampering: Tampering,
): Buffer {
  const { userPresent = true, userVerified = true, backedUp = true } = tampering
  const flags = [userPresent, false, userVerified, true, backedUp, false, honest.attestsKey]
  const bits = flags.reduce((sum, flag, bit) => sum | (Number(flag) << bit), 0)
  const tail = Buffer.alloc(5)
  tail.writeUInt8(bits)
  tail.writeUInt32BE(tampering.counter ?? honest.counter, 1)
  return Buffer.concat([sha256(tampering.rpId ?? honest.rpId), tail])
}

// WebAuthn, section 6.5.1: no maker (AAGUID), the credential's id, its key.
export function toAttestedKey(credentialId: Uint8Array, coseKey: Uint8Array): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(credentialId.length)
  return Buffer.concat([Buffer.alloc(16), length, credentialId, coseKey])
}
