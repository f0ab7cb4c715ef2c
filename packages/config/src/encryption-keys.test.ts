import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { isGuessableKey, readEncryptionKeys } from './encryption-keys.ts'

const base64 = (bytes: string | Buffer) =>
  (typeof bytes === 'string' ? Buffer.from(bytes) : bytes).toString('base64')
const bytesOf = (byteAt: (index: number) => number) =>
  base64(Buffer.from(Array.from({ length: 32 }, (_, index) => byteAt(index))))
const key = base64(randomBytes(32))
const other = base64(randomBytes(32))

test('keys are read in their order, with names of 1 to 32 characters', () => {
  const id = `${'a'.repeat(29)}-09`
  expect(readEncryptionKeys(`b:${key}, ${id}:${other}`)).toEqual([
    { id: 'b', key },
    { id, key: other },
  ])
})

const malformed: readonly [name: string, keys: string][] = [
  ['no keys', ''],
  ['a key without a name', key],
  ['an empty name', `:${key}`],
  ['a name in capitals', `K1:${key}`],
  ['a name with a dot', `k.1:${key}`],
  ['a name with a line end', `k1\n:${key}`],
  ['a name of 33 characters', `${'a'.repeat(33)}:${key}`],
  ['a name without a key', 'k1:'],
  ['a key without its padding', `k1:${key.slice(0, -1)}`],
  ['a key with more padding', `k1:${key}=`],
  ['a key with what base64 skips', `k1:${key.slice(0, 9)}!${key.slice(9)}`],
  ['a key in base64url', `k1:${bytesOf(() => 0xff).replaceAll('/', '_')}`],
  ['a key in hexadecimal', `k1:${randomBytes(32).toString('hex')}`],
  ['a key of 31 bytes', `k1:${base64(randomBytes(31))}`],
  ['a key of 33 bytes', `k1:${base64(randomBytes(33))}`],
  ['a third part', `k1:${key}:${other}`],
  ['a comma at the end', `k1:${key},`],
  ['two keys of one name', `k1:${key},k1:${other}`],
  ['one key of two names, which is no rotation', `k1:${key},k2:${key}`],
]

test.each(malformed)('%s: refused', (_, keys) => {
  expect(readEncryptionKeys(keys)).toBeNull()
})

const guessable: readonly [name: string, key: string][] = [
  ['nothing but zeros', bytesOf(() => 0)],
  ['nothing but one byte', bytesOf(() => 0xf7)],
  ['a pattern of two bytes', bytesOf((index) => (index % 2 ? 0xde : 0xad))],
  ['a random half, twice', base64(Buffer.concat(Array(2).fill(randomBytes(16))))],
  ['a count', bytesOf((index) => 0x80 + index)],
  ['a count backwards by threes', bytesOf((index) => 0xf7 - 3 * index)],
  ['a sentence', base64('my dog eats 12 quick blue zebras')],
  ['a sentence with umlauts', base64('der Bär frißt zwölf große Ei')],
  ['hexadecimal taken as bytes', base64(randomBytes(16).toString('hex'))],
  ['base64 taken as bytes', base64(randomBytes(24).toString('base64'))],
]

test.each(guessable)('%s: a key, but a guessable one', (_, weak) => {
  expect(readEncryptionKeys(`k1:${weak}`)).toHaveLength(1)
  expect(isGuessableKey(weak)).toBe(true)
})

test('random keys are not guessable', () => {
  const keys = Array.from({ length: 2_000 }, () => base64(randomBytes(32)))
  expect(keys.filter(isGuessableKey)).toEqual([])
})
