import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { generateToken, hashToken, isWellFormedToken } from './tokens.ts'

const token = generateToken()
const other = generateToken()

test('a token is 49 URL-safe characters, well-formed, and never the same twice', () => {
  const tokens = Array.from({ length: 1_000 }, generateToken)
  expect(new Set(tokens).size).toBe(1_000)
  for (const one of tokens) {
    expect(one).toMatch(/^[A-Za-z0-9_-]{49}$/)
    expect(isWellFormedToken(one)).toBe(true)
  }
})

const flip = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)

function withChecksum(secret: string): string {
  const checksum = createHash('sha256').update(`rampart-token:${secret}`).digest('base64url')
  return secret + checksum.slice(0, 6)
}

test('the checksum is of the secret', () => {
  expect(withChecksum(token.slice(0, 43))).toBe(token)
})

test.each([
  ['nothing', ''],
  ['a shorter secret with its checksum', withChecksum('A'.repeat(42))],
  ['a longer secret with its checksum', withChecksum('A'.repeat(44))],
  ['a secret of other characters with its checksum', withChecksum('é'.repeat(43))],
  ['one character less', token.slice(1)],
  ['one character more', `${token}A`],
  ['a changed first character', flip(token, 0)],
  ['a changed character of the checksum', flip(token, 48)],
  ['the checksum of another token', token.slice(0, 43) + other.slice(43)],
  ['a random guess', 'A'.repeat(49)],
  ['a line break behind it', `${token}\n`],
  ['a NUL in it', `${token.slice(0, 20)}\0${token.slice(21)}`],
  ['a letter that is not ASCII', `${token.slice(0, 20)}é${token.slice(21)}`],
  ['the base64 alphabet of old', `${token.slice(0, 20)}+${token.slice(21)}`],
  ['its hash', hashToken(token)],
])('%s is not well-formed', (_name, text) => {
  expect(isWellFormedToken(text)).toBe(false)
  expect(isWellFormedToken(token)).toBe(true)
})

test('what is stored is the SHA-256 in hex, from which the token does not follow', () => {
  expect(hashToken(token)).toBe(createHash('sha256').update(token).digest('hex'))
  expect(hashToken(token)).toMatch(/^[0-9a-f]{64}$/)
  expect(hashToken(other)).not.toBe(hashToken(token))
})
