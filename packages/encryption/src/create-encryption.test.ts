import { createCipheriv, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { AppError } from '@repo/errors'
import { describe, expect, it } from 'vitest'
import { createEncryption, type EncryptionKey } from './create-encryption.ts'

const newKey = (id: string): EncryptionKey => ({ id, key: randomBytes(32) })
const older = newKey('2025')
const newer = newKey('2026')
const encryption = createEncryption([newer])
// With its tag 40 bytes: in base64 the last letter has bits to spare.
const text = 'JBSWY3DPEHPK3PXPA-canary'
const context = 'totp:018f3a1e-0000-7000-8000-000000000001'

function refusalOf(run: () => unknown): AppError {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('Nothing was refused.')
}

const refusedDecryption = (value: string, at = context, by = encryption) =>
  refusalOf(() => by.decrypt(value, at))

const texts: readonly [name: string, text: string][] = [
  ['an empty text', ''],
  ['a letter', 'a'],
  ['a TOTP secret', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'],
  ['umlauts', 'Größe: ÄÖÜ ß'],
  ['letters of four bytes', '😀 𝄞'],
  ['decomposed letters', 'e\u0301 is not é'],
  ['control characters', 'a\u0000b\r\n\t'],
  ['dots, as in a value', 'v1.2026.AAAA.BBBB'],
  ['exactly a block', 'x'.repeat(16)],
  ['a long text', 'ü'.repeat(100_000)],
]

describe('encrypt and decrypt', () => {
  it.each(texts)('give %s back as it was', (_, text) => {
    const value = encryption.encrypt(text, context)
    expect(encryption.decrypt(value, context)).toBe(text)
  })

  it('write the version, the key, a nonce of 96 bits and nothing of the text', () => {
    const value = encryption.encrypt(text, context)
    expect(value).toMatch(/^v1\.2026\.[\w-]{16}\.[\w-]+$/)
    expect(Buffer.from(value.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toContain(
      'canary',
    )
  })

  it('never write the same value twice', () => {
    const values = Array.from({ length: 1_000 }, () => encryption.encrypt('', context))
    expect(new Set(values).size).toBe(1_000)
    expect(new Set(values.map((value) => value.split('.')[2])).size).toBe(1_000)
  })

  it.each([
    ['text', 'lone \ud800 surrogate', context],
    ['context', text, 'totp:\udfff'],
  ])('refuse a %s that UTF-8 cannot hold, instead of another one', (_, text, context) => {
    expect(refusalOf(() => encryption.encrypt(text, context)).code).toBe('internal')
  })

  it('keep their own copy of a key', () => {
    const key = randomBytes(32)
    const copied = createEncryption([{ id: 'a', key }])
    const value = copied.encrypt(text, context)
    key.fill(0)
    expect(copied.decrypt(value, context)).toBe(text)
  })
})

describe('a value that was changed', () => {
  const value = encryption.encrypt(text, context)
  const [version = '', id = '', nonce = '', sealed = ''] = value.split('.')
  const join = (...parts: string[]) => parts.join('.')
  const other = encryption.encrypt(text, context).split('.')

  it('is refused whatever character was exchanged', () => {
    for (let index = 0; index < value.length; index += 1) {
      for (const character of ['A', 'z', '0', '.', '=', '+', ' ']) {
        if (value[index] === character) continue
        const changed = value.slice(0, index) + character + value.slice(index + 1)
        expect(refusedDecryption(changed).code).toBe('internal')
      }
    }
    expect(encryption.decrypt(value, context)).toBe(text)
  })

  it('is refused wherever it was cut off', () => {
    for (let length = 0; length < value.length; length += 1) {
      expect(refusedDecryption(value.slice(0, length)).code).toBe('internal')
    }
  })

  const changes: readonly [name: string, changed: string][] = [
    ['nothing', ''],
    ['plain text', text],
    ['another version', join('v2', id, nonce, sealed)],
    ['another key', join(version, '2025', nonce, sealed)],
    ['no key', join(version, '', nonce, sealed)],
    ['a key that every object has', join(version, 'constructor', nonce, sealed)],
    ["another value's nonce", join(version, id, other[2] ?? '', sealed)],
    ["another value's text", join(version, id, nonce, other[3] ?? '')],
    ['no nonce', join(version, id, '', sealed)],
    ['a longer nonce', join(version, id, `${nonce}AAAA`, sealed)],
    ['no tag', join(version, id, nonce, '')],
    ['a tag of 15 bytes alone', join(version, id, nonce, 'A'.repeat(20))],
    ['an empty text under the old tag', join(version, id, nonce, sealed.slice(-22))],
    ['bits that base64 ignores', `${value.slice(0, -1)}${nextLetter(value.slice(-1))}`],
    ['letters that base64 ignores', `${value}!`],
    ['padding', `${value}=`],
    ['base64 of the other kind', join(version, id, nonce, toBase64(sealed))],
    ['a fifth part', `${value}.`],
    ['a line end', `${value}\n`],
  ]

  it.each(changes)('%s is refused', (_, changed) => {
    expect(refusedDecryption(changed).code).toBe('internal')
  })

  it('is refused with a tag of four bytes, the true ones', () => {
    const nonce = randomBytes(12)
    const seal = (authTagLength: number) => {
      const cipher = createCipheriv('aes-256-gcm', newer.key, nonce, { authTagLength })
      cipher.setAAD(Buffer.from(`v1.2026.${context}`))
      const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
      return join('v1', '2026', nonce.toString('base64url'), sealed.toString('base64url'))
    }
    expect(encryption.decrypt(seal(16), context)).toBe(text)
    expect(refusedDecryption(seal(4)).code).toBe('internal')
  })

  it('is not in the error, nor is its text or its context', () => {
    for (const at of ['totp:canary-of-a-context', context]) {
      const error = refusedDecryption(join(version, id, nonce, other[3] ?? ''), at)
      expect(error.detail).toBeUndefined()
      const printed = inspect(error, { depth: 9, showHidden: true })
      expect(printed).toContain('belongs elsewhere')
      for (const secret of [nonce, other[3] ?? '', 'canary']) expect(printed).not.toContain(secret)
    }
  })
})

describe('a value that was moved', () => {
  const contexts = ['totp:2', 'totp:1 ', 'totp', '', 'webhook:1', '1.totp:1', 'TOTP:1']
  it.each(contexts)('to "%s" is refused', (moved) => {
    const value = encryption.encrypt(text, 'totp:1')
    expect(encryption.decrypt(value, 'totp:1')).toBe(text)
    expect(refusedDecryption(value, moved).code).toBe('internal')
  })

  it('cannot take a part of its context into the name of its key', () => {
    const same = newKey('a')
    const both = createEncryption([same, { id: 'a-b', key: same.key }])
    const [, , nonce, sealed] = both.encrypt(text, 'b').split('.')
    const renamed = `v1.a-b.${nonce}.${sealed}`
    expect(refusedDecryption(renamed, 'b', both).code).toBe('internal')
  })
})

describe('rotation', () => {
  const before = createEncryption([older])
  const during = createEncryption([newer, older])
  const old = before.encrypt(text, context)

  it('decrypts under every key and encrypts under the first', () => {
    expect(during.decrypt(old, context)).toBe(text)
    const renewed = during.encrypt(text, context)
    expect(encryption.decrypt(renewed, context)).toBe(text)
    expect(refusedDecryption(renewed, context, before).code).toBe('internal')
  })

  it('tells under which key it encrypts', () => {
    expect([before.keyId(), during.keyId()]).toEqual(['2025', '2026'])
    expect(during.encrypt(text, context)).toMatch(/^v1\.2026\./)
  })

  it('ends with the old key: what is under it is refused, and says why', () => {
    const error = refusedDecryption(old)
    expect(error).toMatchObject({ code: 'internal', detail: undefined })
    expect(error.cause).toMatchObject({
      message: 'An encrypted value is under a key that is not known.',
    })
  })

  it('refuses another key of the same name', () => {
    expect(refusedDecryption(old, context, createEncryption([newKey('2025')])).code).toBe(
      'internal',
    )
  })
})

describe('createEncryption', () => {
  const refused: readonly [name: string, keys: readonly EncryptionKey[], said: RegExp][] = [
    ['no keys', [], /is needed/],
    ['two keys of one name', [newKey('a'), newKey('b'), newKey('a')], /two encryption keys a/],
    ['a short key', [{ id: 'a', key: randomBytes(31) }], /not of 32 bytes/],
    ['a long second key', [newKey('a'), { id: 'b', key: randomBytes(33) }], /b is not of 32 bytes/],
    ['an empty key', [{ id: 'a', key: new Uint8Array() }], /not of 32 bytes/],
    ['a name with a dot', [newKey('a.b')], /malformed/],
    ['a name with a line end', [newKey('a\n')], /malformed/],
    ['no name', [newKey('')], /malformed/],
    ['a long name', [newKey('a'.repeat(33))], /malformed/],
  ]
  it.each(refused)('throws for %s', (_, keys, said) => {
    expect(() => createEncryption(keys)).toThrow(said)
  })

  it('takes names of 1 to 32 characters', () => {
    const keys = [newKey('a'), newKey(`${'b'.repeat(29)}-09`)]
    expect(createEncryption(keys).encrypt(text, context)).toMatch(/^v1\.a\./)
  })
})

/** The base64url digit that differs in its last bit alone. */
function nextLetter(letter: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return digits.charAt(digits.indexOf(letter) ^ 1)
}

/** What base64url says, in base64: padded at least. */
function toBase64(text: string): string {
  return Buffer.from(text, 'base64url').toString('base64')
}

describe('keys that change while the process runs', () => {
  it('encrypt by the new first key, and decrypt what was under the old one while it is there', () => {
    const keyring = createEncryption([older])
    const old = keyring.encrypt(text, context)
    keyring.replaceKeys([newer, older])
    expect(keyring.decrypt(old, context)).toBe(text)
    expect(keyring.keyId()).toBe('2026')
    const renewed = keyring.encrypt(text, context)
    expect(encryption.decrypt(renewed, context)).toBe(text)
    keyring.replaceKeys([newer])
    expect(refusedDecryption(old, context, keyring).code).toBe('internal')
    expect(keyring.decrypt(renewed, context)).toBe(text)
  })

  it('that are none leave those before', () => {
    const keyring = createEncryption([newer])
    expect(() => keyring.replaceKeys([])).toThrow('An encryption key is needed.')
    expect(() => keyring.replaceKeys([{ id: 'x', key: randomBytes(16) }])).toThrow('32 bytes')
    expect(encryption.decrypt(keyring.encrypt(text, context), context)).toBe(text)
  })
})
