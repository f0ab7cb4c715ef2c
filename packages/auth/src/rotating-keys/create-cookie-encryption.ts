import { randomBytes } from 'node:crypto'
import { createEncryption, type Encryption, type EncryptionKey } from '@repo/encryption'
import type { RotatingKeys } from './open-rotating-keys.ts'

/** Encryption of what browsers keep for us, by the keys of that purpose as they are now. */
export function createCookieEncryption(keys: RotatingKeys): Encryption {
  const keyring = createEncryption(toEncryptionKeys(keys))
  keys.watch(() => keyring.replaceKeys(toEncryptionKeys(keys)))
  return keyring
}

function toEncryptionKeys(keys: RotatingKeys): readonly EncryptionKey[] {
  const known = keys.current().map(({ id, text }) => ({ id, key: Buffer.from(text, 'base64') }))
  // Where none is good nothing is read, and what is sealed is read by nobody.
  return known.length > 0 ? known : [{ id: 'none', key: randomBytes(32) }]
}
