import { randomBytes } from 'node:crypto'
import { type Database, openDatabase } from '@repo/database'
import { createEncryption } from '@repo/encryption'
import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { importJWK, jwtVerify, SignJWT } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSigningKeys, signingAlgorithm } from '../oauth-server/signing-keys.ts'
import { createCookieEncryption } from './create-cookie-encryption.ts'
import { createKeyRotation } from './create-key-rotation.ts'
import type { KeyPurpose } from './key-purposes.ts'
import { openRotatingKeys, type RotatingKeys } from './open-rotating-keys.ts'

const day = 24 * 60 * 60
// Two looks are a second apart at least.
const within = { timeout: 15_000, interval: 200 }
const newKeys = (id: string) => [{ id, key: randomBytes(32) }]

let urls: TestDatabase
let sql: Sql
let serving: Database
let working: Database
let encryption: ReturnType<typeof createEncryption>
let now: Date
let errors: unknown[]
const opened: RotatingKeys[] = []

beforeEach(async () => {
  urls = await createTestDatabase()
  sql = openSql(urls.ownerUrl)
  serving = openDatabase({ url: urls.appUrl })
  working = openDatabase({ url: urls.workerUrl })
  encryption = createEncryption(newKeys('test'))
  now = new Date('2027-01-01T00:00:00Z')
  errors = []
})
afterEach(async () => {
  for (const keys of opened.splice(0)) keys.close()
  await Promise.all([sql.close(), serving.close(), working.close()])
  await urls.drop()
})

const clock = () => now
const pass = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000)
}

async function open(purpose: KeyPurpose = 'signing', by = encryption): Promise<RotatingKeys> {
  const keys = await openRotatingKeys({
    ...{ database: serving, encryption: by, clock, purpose },
    onError: (error) => errors.push(error),
  })
  opened.push(keys)
  return keys
}

const rotation = (maxAgeDays = 90) =>
  createKeyRotation({ database: working, encryption, clock, maxAgeDays })

const idsOf = (keys: RotatingKeys) => keys.current().map(({ id }) => id)

/** The ids once this process knows so many. */
async function untilKnown(keys: RotatingKeys, count: number) {
  await expect.poll(() => keys.refresh().then(() => idsOf(keys)), within).toHaveLength(count)
  return idsOf(keys)
}

async function sign(keys: RotatingKeys): Promise<string> {
  const [first] = createSigningKeys(keys).privateKeys()
  if (!first) throw new Error('There is no key.')
  return new SignJWT({ sub: 'alice' })
    .setProtectedHeader({ alg: signingAlgorithm, kid: String(first.kid) })
    .sign(await importJWK(first, signingAlgorithm))
}

test('processes that start at once have one key, which is nowhere to be read', async () => {
  const [one, two] = await Promise.all([open(), open(), open()])
  expect(idsOf(one)).toHaveLength(1)
  expect(idsOf(two)).toEqual(idsOf(one))
  const [row] = await sql.run('SELECT sealed FROM rotating_keys')
  expect(row?.['sealed']).toMatch(/^v1\.test\./)
  // The other purpose has its own.
  expect(idsOf(await open('cookie'))).not.toEqual(idsOf(one))
})

test('a next key is known first, then used, and the one before is good until it ends', async () => {
  const keys = await open()
  const [first = ''] = idsOf(keys)
  const old = await sign(keys)
  const usedFrom = await rotation().rotate('signing', { aheadSeconds: day })
  expect(usedFrom.getTime()).toBe(now.getTime() + day * 1_000)
  const [used, next = ''] = await untilKnown(keys, 2)
  expect(used).toBe(first)
  pass(day + 1)
  await expect.poll(() => keys.refresh().then(() => idsOf(keys)), within).toEqual([next, first])
  await expect(jwtVerify(old, createSigningKeys(keys).findPublicKey)).resolves.toMatchObject({
    payload: { sub: 'alice' },
  })
  pass(day)
  expect(await untilKnown(keys, 1)).toEqual([next])
  await expect(jwtVerify(old, createSigningKeys(keys).findPublicKey)).rejects.toThrow(
    'no applicable key',
  )
  expect(await rotation().deleteEnded()).toBe(0)
  // A clock that is ahead takes nothing that is needed: a day later.
  pass(day)
  expect(await rotation().deleteEnded()).toBe(1)
  expect(await sql.run('SELECT id FROM rotating_keys')).toEqual([{ id: next }])
})

test('a key is replaced in time, once, however many workers look', async () => {
  const keys = await open()
  pass(29 * day - 2)
  expect(await rotation(30).rotateDue()).toEqual([])
  pass(2)
  const made = await Promise.all(Array.from({ length: 5 }, () => rotation(30).rotateDue()))
  expect(made.flat()).toEqual(['signing'])
  await untilKnown(keys, 2)
  // In use when the one before is 30 days old; and never in a hurry because somebody else waits for 90.
  pass(day)
  expect(await rotation(30).measureOverdue()).toEqual([{ purpose: 'signing', seconds: 0 }])
  expect(await rotation(90).rotateDue()).toEqual([])
})

test('a rotation that does not come is measured', async () => {
  await open()
  pass(91 * day)
  expect(await rotation(90).measureOverdue()).toEqual([{ purpose: 'signing', seconds: day }])
})

test('a revocation ends what was signed before, at once', async () => {
  const keys = await open()
  const old = await sign(keys)
  const { findPublicKey } = createSigningKeys(keys)
  await jwtVerify(old, findPublicKey)
  const [before] = idsOf(keys)
  await rotation().revoke('signing')
  await expect.poll(() => keys.refresh().then(() => idsOf(keys)), within).not.toContain(before)
  const verifying = createSigningKeys(keys)
  await expect(jwtVerify(old, verifying.findPublicKey)).rejects.toThrow('no applicable key')
  await jwtVerify(await sign(keys), verifying.findPublicKey)
})

test('what another process signs with a key that is new here is verified at once', async () => {
  const keys = await open()
  const { findPublicKey } = createSigningKeys(keys)
  await rotation().revoke('signing')
  const other = await open()
  await expect(jwtVerify(await sign(other), findPublicKey)).resolves.toBeDefined()
  expect(idsOf(keys)).toEqual(idsOf(other))
})

test('by hand beside one that is published ahead: that one is never used for a while only', async () => {
  const keys = await open()
  const [first = ''] = idsOf(keys)
  pass(89 * day)
  await rotation().rotateDue()
  const [, ahead = ''] = await untilKnown(keys, 2)
  await rotation().rotate('signing', { aheadSeconds: 60 })
  await expect.poll(() => keys.refresh().then(() => idsOf(keys)), within).not.toContain(ahead)
  const [, byHand = ''] = await untilKnown(keys, 2)
  const used: string[] = []
  for (const hours of [1, 12, 12, 12]) {
    pass(hours * 60 * 60)
    await expect.poll(() => keys.refresh().then(() => idsOf(keys)[0]), within).not.toBe(first)
    used.push(idsOf(keys)[0] ?? '')
  }
  expect(new Set(used)).toEqual(new Set([byHand]))
})

test('a process that cannot open the next key uses nothing that was revoked', async () => {
  const [keys, cookies] = [await open(), await open('cookie')]
  const old = await sign(keys)
  const { findPublicKey } = createSigningKeys(keys)
  const sealing = createCookieEncryption(cookies)
  const sealed = sealing.encrypt('alice', 'browser')
  await jwtVerify(old, findPublicKey)
  const elsewhere = createEncryption(newKeys('elsewhere'))
  const foreign = { database: working, encryption: elsewhere, clock, maxAgeDays: 90 }
  await createKeyRotation(foreign).revoke('signing')
  await createKeyRotation(foreign).revoke('cookie')
  await untilKnown(keys, 0)
  await untilKnown(cookies, 0)
  await expect(jwtVerify(old, findPublicKey)).rejects.toThrow('no applicable key')
  expect(() => sealing.decrypt(sealed, 'browser')).toThrow()
  expect(errors.map(String)).toEqual([
    expect.stringContaining('cannot open the signing keys'),
    expect.stringContaining('cannot open the cookie keys'),
  ])
})

test('a key that cannot be opened is told once, and those before are used', async () => {
  const keys = await open()
  const before = idsOf(keys)
  const elsewhere = createEncryption(newKeys('elsewhere'))
  const foreign = { database: working, encryption: elsewhere, clock, maxAgeDays: 90 }
  await createKeyRotation(foreign).rotate('signing', { aheadSeconds: 0 })
  await expect.poll(() => keys.refresh().then(() => errors.length), within).toBe(1)
  expect(String(errors[0])).toContain('ENCRYPTION_KEYS cannot open the signing keys')
  expect(idsOf(keys)).toEqual(before)
  await expect(open('signing', createEncryption(newKeys('third')))).rejects.toThrow(
    'ENCRYPTION_KEYS cannot open the signing keys of this database',
  )
})

test('cookies are sealed by the key in use, and those of the key before are read', async () => {
  const keys = await open('cookie')
  const sealing = createCookieEncryption(keys)
  const old = sealing.encrypt('alice', 'browser')
  const [first = ''] = idsOf(keys)
  await rotation().rotate('cookie', { aheadSeconds: 0 })
  const [used] = await untilKnown(keys, 2)
  const next = sealing.encrypt('alice', 'browser')
  expect([old, next].map((value) => value.split('.')[1])).toEqual([first, used])
  expect([old, next].map((value) => sealing.decrypt(value, 'browser'))).toEqual(['alice', 'alice'])
  await rotation().revoke('cookie')
  await untilKnown(keys, 1)
  expect(() => sealing.decrypt(old, 'browser')).toThrow()
  expect(sealing.decrypt(sealing.encrypt('bob', 'browser'), 'browser')).toBe('bob')
})

test('one who serves sees and adds no key but its own first', async () => {
  for (const text of [
    'SELECT * FROM rotating_keys',
    `SELECT jobs.add_rotating_key('x', 'signing', 'x', now(), now(), now(), now())`,
    `SELECT * FROM jobs.list_sealed_values('totp', 'x', NULL, 1)`,
    'SELECT jobs.end_sessions()',
  ]) {
    await expect(serving.query({ name: '', text, values: [] }), text).rejects.toThrow()
  }
  await expect(
    working.query({ name: '', text: 'SELECT * FROM jobs.list_rotating_keys(now())', values: [] }),
  ).resolves.toEqual([])
})
