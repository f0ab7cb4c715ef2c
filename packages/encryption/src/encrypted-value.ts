const version = 'v1'

/** The parts of an encrypted value; `header` names the version and the key. */
export interface EncryptedValue {
  readonly header: string
  readonly keyId: string
  readonly nonce: Buffer
  /** The encrypted text with its tag at the end. */
  readonly sealed: Buffer
}

/** What stands before the nonce; it is authenticated too. */
export const headerOf = (keyId: string) => `${version}.${keyId}`

export function formatEncryptedValue({
  header,
  nonce,
  sealed,
}: Omit<EncryptedValue, 'keyId'>): string {
  return [header, nonce.toString('base64url'), sealed.toString('base64url')].join('.')
}

/** Null for what `formatEncryptedValue` never writes. */
export function parseEncryptedValue(value: string): EncryptedValue | null {
  const [, keyId = '', nonce = '', sealed = ''] = value.split('.')
  const parts = {
    header: headerOf(keyId),
    keyId,
    nonce: Buffer.from(nonce, 'base64url'),
    sealed: Buffer.from(sealed, 'base64url'),
  }
  // Node's decoder skips what it does not know, so that many texts would be the same bytes.
  return formatEncryptedValue(parts) === value ? parts : null
}
