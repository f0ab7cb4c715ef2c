import { randomBytes } from 'node:crypto'
import { createEncryption } from '@repo/encryption'
import { expect, test } from 'vitest'
import { createAttempts } from './attempts.ts'

let now = Date.parse('2026-11-26T12:00:00Z')
const encryption = createEncryption([{ id: 'k1', key: randomBytes(32) }])
const shared = { encryption, clock: () => new Date(now) }
const attempts = createAttempts({ ...shared, secureCookies: true })
const asked = { provider: 'acme', returnTo: '/a', linkTo: null }
const readValue = (cookie: string) => cookie.split(';')[0]?.split('=')[1]

test('an attempt is in its cookie alone, for ten minutes', () => {
  const { attempt, cookie } = attempts.create(asked)
  const value = readValue(cookie)
  expect(attempts.read(value)).toMatchObject({ ...asked, ...attempt })
  now += 599_000
  expect(attempts.read(value)).not.toBeNull()
  now += 1_000
  expect(attempts.read(value)).toBeNull()
})

test('over HTTPS the cookie is bound to the host, and fits', () => {
  const { cookie } = attempts.create({ ...asked, returnTo: `/${'x'.repeat(999)}` })
  expect(cookie).toMatch(
    /^__Host-external-login=[\w.-]+; HttpOnly; Secure; SameSite=Lax; Path=\/; Max-Age=600$/,
  )
  expect(cookie.length).toBeLessThan(4_096)
  expect(attempts.endingCookie).toMatch(/^__Host-external-login=; HttpOnly; Secure;.* Max-Age=0$/)
  const plain = createAttempts({ ...shared, secureCookies: false })
  expect(plain.create(asked).cookie).toMatch(/^external-login=[\w.-]+; HttpOnly; SameSite=Lax; /)
})

test('no two attempts share a value', () => {
  const made = [attempts.create(asked), attempts.create(asked)].map(({ attempt }) => attempt)
  const values = made.flatMap(({ state, nonce, codeVerifier }) => [state, nonce, codeVerifier])
  expect(new Set(values).size).toBe(6)
})

test.each([
  ['nothing', undefined],
  ['an empty text', ''],
  ['what is no value', 'x'],
  ['a value of another context', encryption.encrypt('{"expiresAt":9e15}', 'totp:1')],
  ['no JSON', encryption.encrypt('x', 'external-login')],
])('%s is no attempt', (_, value) => {
  expect(attempts.read(value)).toBeNull()
})
