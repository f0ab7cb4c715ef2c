import { randomBytes } from 'node:crypto'
import { createEncryption } from '@repo/encryption'
import { expect, test } from 'vitest'
import { createKnownBrowsers, type KnownUser } from './known-browsers.ts'

let now = new Date('2027-01-01T12:00:00Z')
const encryption = () => createEncryption([{ id: 'k', key: randomBytes(32) }])
const ours = encryption()
const create = (secureCookies = true, key = ours) =>
  createKnownBrowsers({ encryption: key, clock: () => now, secureCookies })
const browsers = create()

const cookieIn = (header: string) => decodeURIComponent(header.split(';')[0]?.split('=')[1] ?? '')

test('a browser knows who has logged in, the last one first, and five at most', () => {
  let known: readonly KnownUser[] = []
  for (const user of ['a', 'b', 'a', 'c', 'd', 'e', 'f']) {
    known = browsers.read(cookieIn(browsers.add(user, known)))
  }
  expect(known.map(({ userId }) => userId)).toEqual(['f', 'e', 'd', 'c', 'a'])
})

test('its cookie is for no script and, over HTTPS, bound to the host', () => {
  expect(browsers.add('a', [])).toMatch(
    /^__Host-browser=[^;]+; Path=\/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure$/,
  )
  expect(create(false).add('a', [])).toMatch(/^browser=[^;]+; .*SameSite=Lax$/)
})

test.each([
  ['that is missing', () => undefined],
  ['that is no value of ours', () => 'v1.k.nonsense'],
  ['that was changed', (value: string) => `${value.slice(0, -2)}xx`],
  ['of another key', () => cookieIn(create(true, encryption()).add('a', []))],
  ['that was encrypted for something else', () => ours.encrypt('[["a",9e15]]', 'totp:a')],
])('a cookie %s names nobody', (_what, change) => {
  const value = cookieIn(browsers.add('a', []))
  expect(browsers.read(value)).toEqual([{ userId: 'a', since: expect.any(Date) }])
  expect(browsers.read(change(value))).toEqual([])
})

test('it is good for half a year', () => {
  const value = cookieIn(browsers.add('a', []))
  now = new Date(now.getTime() + (180 * 24 * 60 * 60 - 1) * 1_000)
  expect(browsers.read(value)).toEqual([{ userId: 'a', since: expect.any(Date) }])
  now = new Date(now.getTime() + 1_000)
  expect(browsers.read(value)).toEqual([])
})
