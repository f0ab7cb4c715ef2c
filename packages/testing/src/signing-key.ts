import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto'
import { type Cbor, encodeCbor } from './encode-cbor.ts'

export type KeyAlgorithm = 'EdDSA' | 'ES256' | 'RS256'

export interface SigningKey {
  /** The public key as COSE writes it (RFC 9052, section 7); it may claim another algorithm. */
  toCose(claimedAlgorithm?: number): Buffer
  sign(data: Uint8Array): Buffer
}

/** A new key pair of one of the algorithms that WebAuthn is used with. */
export function generateSigningKey(algorithm: KeyAlgorithm): SigningKey {
  const { publicKey, privateKey } = generatePair(algorithm)
  return {
    toCose: (claimedAlgorithm) => encodeCbor(toCoseKey(publicKey, claimedAlgorithm)),
    sign: (data) => sign(algorithm === 'EdDSA' ? null : 'sha256', data, privateKey),
  }
}

function generatePair(algorithm: KeyAlgorithm) {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return generateKeyPairSync('rsa', { modulusLength: 2_048 })
}

// The numbers are COSE's: 1 key type, 3 algorithm, below 0 what belongs to the key's type.
function toCoseKey(publicKey: KeyObject, claimed?: number): ReadonlyMap<number, Cbor> {
  const { kty, x, y, n, e }: JsonWebKey = publicKey.export({ format: 'jwk' })
  const bytes = (part = '') => Buffer.from(part, 'base64url')
  if (kty === 'OKP') return cose([1, 1], [3, claimed ?? -8], [-1, 6], [-2, bytes(x)])
  if (kty === 'EC') return cose([1, 2], [3, claimed ?? -7], [-1, 1], [-2, bytes(x)], [-3, bytes(y)])
  return cose([1, 3], [3, claimed ?? -257], [-1, bytes(n)], [-2, bytes(e)])
}

const cose = (...fields: readonly (readonly [number, Cbor])[]) => new Map(fields)
