import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { AppError } from '@repo/errors'
import { formatEncryptedValue, headerOf, parseEncryptedValue } from './encrypted-value.ts'

/** A key of 32 bytes; values name it by `id`, 1 to 32 of a-z, 0-9 and `-`. */
export interface EncryptionKey {
  readonly id: string
  readonly key: Uint8Array
}

export interface Encryption {
  /**
   * AES-256-GCM under the first key; `context` (such as `totp:<userId>`) is authenticated with it, so
   * that a value cannot be moved to another row. Throws AppError('internal') for text that is no Unicode.
   */
  encrypt(text: string, context: string): string
  /** Throws AppError('internal') for a value that was changed, moved, or whose key is unknown; the value never is in the error. */
  decrypt(value: string, context: string): string
  /** The id of the key that encrypts; a value under another one should be encrypted anew. */
  keyId(): string
}

/** Encryption whose keys may change while the process runs (G35). */
export interface Keyring extends Encryption {
  /** From here on, the first of these encrypts and all of them decrypt; throws as `createEncryption` does, and changes nothing then. */
  replaceKeys(keys: readonly EncryptionKey[]): void
}

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** The first key encrypts, all decrypt. Throws for no keys, a malformed or second id, or a key that is not 32 bytes. */
export function createEncryption(keys: readonly EncryptionKey[]): Keyring {
  let { known, first } = openKeys(keys)

  return {
    encrypt(text, context) {
      const nonce = randomBytes(nonceBytes)
      const header = headerOf(first.id)
      const cipher = createCipheriv(algorithm, first.key, nonce)
      cipher.setAAD(toBytes(`${header}.${context}`))
      const sealed = Buffer.concat([cipher.update(toBytes(text)), cipher.final()])
      const tagged = Buffer.concat([sealed, cipher.getAuthTag()])
      return formatEncryptedValue({ header, nonce, sealed: tagged })
    },
    decrypt(value, context) {
      const { header, keyId, nonce, sealed } = requireEncryptedValue(value)
      const decipher = createDecipheriv(algorithm, findKey(known, keyId), nonce)
      decipher.setAAD(toBytes(`${header}.${context}`))
      decipher.setAuthTag(sealed.subarray(-tagBytes))
      const text = decipher.update(sealed.subarray(0, -tagBytes))
      return Buffer.concat([text, finish(decipher)]).toString()
    },
    keyId: () => first.id,
    replaceKeys(next) {
      ;({ known, first } = openKeys(next))
    },
  }
}

function openKeys(keys: readonly EncryptionKey[]) {
  const [first] = keys
  if (!first) throw new Error('An encryption key is needed.')
  const known = importKeys(keys)
  return { known, first: { id: first.id, key: findKey(known, first.id) } }
}

function importKeys(keys: readonly EncryptionKey[]): ReadonlyMap<string, KeyObject> {
  const known = new Map<string, KeyObject>()
  for (const { id, key } of keys) {
    if (!/^[a-z0-9-]{1,32}$/.test(id)) throw new Error('The id of an encryption key is malformed.')
    if (known.has(id)) throw new Error(`There are two encryption keys ${id}.`)
    if (key.length !== keyBytes) throw new Error(`The encryption key ${id} is not of 32 bytes.`)
    known.set(id, createSecretKey(key))
  }
  return known
}

function findKey(known: ReadonlyMap<string, KeyObject>, id: string): KeyObject {
  return known.get(id) ?? refuse('An encrypted value is under a key that is not known.')
}

function requireEncryptedValue(value: string) {
  const parts = parseEncryptedValue(value)
  // Node would take a tag of 4 bytes, which can be guessed.
  const isWhole = parts?.nonce.length === nonceBytes && parts.sealed.length >= tagBytes
  return parts && isWhole ? parts : refuse('A value is not an encrypted one.')
}

function finish(decipher: { final(): Buffer }): Buffer {
  try {
    return decipher.final()
  } catch (error) {
    return refuse('An encrypted value was changed, or belongs elsewhere.', error)
  }
}

// A lone surrogate would become U+FFFD: another text, or the context of another row.
const toBytes = (text: string) =>
  text.isWellFormed() ? Buffer.from(text) : refuse('A text to encrypt is no Unicode.')

// All of an AppError but its cause is for callers.
function refuse(reason: string, cause?: unknown): never {
  throw new AppError('internal', { cause: new Error(reason, { cause }) })
}
