import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openRotatingKeys } from '@repo/auth'
import { startSecretsManager, type TestSecretsManager } from '@repo/config/testing'
import { canLogIn, logInRotation, openDatabase } from '@repo/database'
import { provisionDatabase } from '@repo/database/migrations'
import { createEncryption } from '@repo/encryption'
import { openSql, startNode, startThrowAwayDatabase } from '@repo/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { useWorkerDatabase } from './use-worker-database.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
const database = useWorkerDatabase()
let manager: TestSecretsManager
let folder: string

beforeAll(async () => {
  manager = await startSecretsManager()
  folder = await mkdtemp(join(tmpdir(), 'rampart-rotation-'))
})
afterAll(async () => {
  await manager?.close()
  await rm(folder, { recursive: true })
  expect(manager.problems).toEqual([])
})

const script = fileURLToPath(new URL('../src/rotate.ts', import.meta.url))
const basis = () => ({
  NODE_ENV: 'test',
  DATABASE_WORKER_URL: database.urls.workerUrl,
  SMTP_URL: 'smtp://127.0.0.1:9',
})

/** `pnpm secrets:rotate` with these words: its exit code, and what it says. */
async function rotate(words: string, environment: Readonly<Record<string, string>> = {}) {
  const keys = Object.keys(environment).some((name) => name.startsWith('ENCRYPTION_KEYS'))
    ? {}
    : { ENCRYPTION_KEYS: database.encryptionKeys }
  const { ended, output } = startNode([script, ...words.split(' ').filter(Boolean)], {
    ...basis(),
    ...keys,
    ...environment,
  })
  return { code: await ended, said: output() }
}

const keyRows = () =>
  database.owner.run(
    'SELECT id, purpose, used_from, ends_at FROM rotating_keys ORDER BY purpose, used_from',
  )

test('the keys of tokens and of cookies: the next one is published, and the one before stays', async () => {
  const [id = '', key = ''] = database.encryptionKeys.split(':')
  const encryption = createEncryption([{ id, key: Buffer.from(key, 'base64') }])
  const serving = openDatabase({ url: database.urls.appUrl })
  for (const purpose of ['signing', 'cookie'] as const) {
    const clock = () => new Date()
    const opening = { database: serving, encryption, clock, purpose, onError: () => {} }
    const keys = await openRotatingKeys(opening)
    keys.close()
  }
  await serving.close()
  const jwks = await rotate('jwks')
  expect(jwks).toMatchObject({ code: 0, said: expect.stringContaining('is published, and used') })
  expect(await rotate('session')).toMatchObject({ code: 0 })
  const rows = await keyRows()
  expect(rows.map(({ purpose, ends_at }) => [purpose, ends_at !== null])).toEqual([
    ['cookie', true],
    ['cookie', false],
    ['signing', true],
    ['signing', false],
  ])
  const listed = await rotate('')
  expect(listed.said).toMatch(/signing key [0-9a-f]{32}: in use since/)
  expect(listed.said).toMatch(/signing key [0-9a-f]{32}: used from/)
  expect(listed.said).toContain('ENCRYPTION_KEYS: test encrypts; everything is under it')
  expect(listed.said).toContain('secrets:rotate NAME')
})

test('what leaked is revoked: the keys before end, and with cookies all sessions', async () => {
  const { userId } = await database.createPerson()
  await database.owner.run(
    `INSERT INTO sessions (id, user_id, expires_at) VALUES ('hash', $1, now() + '1 day')`,
    [userId],
  )
  expect(await rotate('jwks --revoke')).toMatchObject({ code: 0 })
  expect(await database.owner.run('SELECT id FROM sessions')).toHaveLength(1)
  const { said } = await rotate('session --revoke')
  expect(said).toContain('1 sessions have ended.')
  expect(await database.owner.run('SELECT id FROM sessions')).toEqual([])
  const now = new Date()
  const good = (await keyRows()).filter(
    ({ ends_at }) => !(ends_at instanceof Date) || ends_at > now,
  )
  expect(good.map(({ purpose }) => purpose)).toEqual(['cookie', 'signing'])
})

test('API keys end within days, of one organization or all, and their owners are told', async () => {
  const [one, two] = [await database.createPerson(), await database.createPerson()]
  for (const { userId, organizationId } of [one, two]) {
    await database.owner.run(
      `INSERT INTO api_keys (organization_id, user_id, name, prefix, expires_at)
       VALUES ($1, $2, 'Sync', 'rk_abcd', now() + '60 days')`,
      [organizationId, userId],
    )
  }
  const daysLeft = async () =>
    (
      await database.owner.run(
        `SELECT round(extract(epoch FROM expires_at - now()) / 86400)::int AS days FROM api_keys ORDER BY expires_at`,
      )
    ).map(({ days }) => days)
  expect(await rotate(`api-keys --organization ${one.organizationId}`)).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^1 API keys end by/),
  })
  expect(await daysLeft()).toEqual([7, 60])
  expect((await rotate('api-keys --days 1')).said).toMatch(/^2 API keys/)
  expect(await daysLeft()).toEqual([1, 1])
  // None is made to last longer.
  expect((await rotate('api-keys --days 30')).said).toMatch(/^0 API keys/)
  const waiting = `SELECT 1 FROM pgboss.job WHERE name = 'key-expiry' AND state = 'created'`
  expect(await database.owner.run(waiting)).not.toEqual([])
})

test.each([
  ['a name that is none', 'everything'],
  ['two names', 'jwks session'],
  ['a word that is none', 'jwks --now'],
  ['days that are none', 'api-keys --days soon'],
  ['too many days', 'api-keys --days 91'],
  ['days that are empty', 'api-keys --days='],
  ['a revocation of what has none', 'api-keys --revoke'],
  ['days of what has none', 'jwks --days 3'],
  ['a revocation of nothing', '--revoke'],
  ['no organization', `api-keys --organization 1`],
])('%s is refused, and nothing happens', async (_what, words) => {
  const before = await keyRows()
  const { code, said } = await rotate(words)
  expect([code, said]).toEqual([1, expect.stringContaining('secrets:rotate NAME')])
  expect(await keyRows()).toEqual(before)
})

test('ENCRYPTION_KEYS in Secrets Manager, in three steps, none before all may have read the last', async () => {
  const secret = { ...manager.environment, ENCRYPTION_KEYS_SECRET_ID: 'rampart/all#keys' }
  manager.put('rampart/all', JSON.stringify({ keys: database.encryptionKeys, other: 'stays' }))
  const idsNow = () =>
    String(JSON.parse(manager.read('rampart/all') ?? '{}').keys)
      .split(',')
      .map((key) => key.split(':')[0])
  const { userId } = await database.createPerson()
  const [id = '', key = ''] = database.encryptionKeys.split(':')
  const old = createEncryption([{ id, key: Buffer.from(key, 'base64') }])
  await database.owner.run('INSERT INTO totp_secrets (user_id, secret) VALUES ($1, $2)', [
    userId,
    old.encrypt('secret', `totp:${userId}`),
  ])
  expect(await rotate('encryption', secret)).toMatchObject({
    code: 1,
    said: expect.stringContaining('Not every process may have read the last change'),
  })
  expect(idsNow()).toEqual(['test'])
  for (const expected of [
    ['test', expect.stringMatching(/^\d{8}t\d{6}$/)],
    [expect.stringMatching(/^\d{8}t\d{6}$/), 'test'],
    [expect.stringMatching(/^\d{8}t\d{6}$/)],
  ]) {
    manager.age('rampart/all', 601)
    const { code, said } = await rotate('encryption', secret)
    expect([code, said, idsNow()]).toEqual([0, expect.any(String), expected])
    expect(said).not.toContain(key)
  }
  expect(JSON.parse(manager.read('rampart/all') ?? '{}').other).toBe('stays')
  expect(manager.read('rampart/all', 'AWSPREVIOUS')).toContain(key)
  const [row] = await database.owner.run('SELECT secret FROM totp_secrets')
  expect(String(row?.['secret'])).toMatch(/^v1\.\d{8}t\d{6}\./)
  expect((await rotate('', secret)).said).toContain('everything is under it')
})

test('a value that no key opens keeps the old keys', async () => {
  const secret = { ...manager.environment, ENCRYPTION_KEYS_SECRET_ID: 'rampart/two' }
  const ids = ['2026-11-02', '2026-11-01']
  const keys = ids.map((id) => `${id}:${randomBytes(32).toString('base64')}`).join()
  manager.put('rampart/two', keys)
  manager.age('rampart/two', 601)
  const { code, said } = await rotate('encryption', secret)
  expect([code, said]).toEqual([1, expect.stringContaining('so that the other keys stay')])
  expect(manager.read('rampart/two')).toBe(keys)
})

test.each([
  ['two that are not named for a day', 'old,new', 'cannot be told from their names'],
  ['two of one day', '2026-11-01,20261101t000000', 'cannot be told from their names'],
  ['one of a day to come', '2999-01-01', 'is named for a time that has not come'],
])('of keys that are %s none is thrown away', async (_what, ids, said) => {
  const secret = { ...manager.environment, ENCRYPTION_KEYS_SECRET_ID: 'rampart/unclear' }
  const keys = ids.split(',').map((id) => `${id}:${randomBytes(32).toString('base64')}`)
  manager.put('rampart/unclear', keys.join())
  manager.age('rampart/unclear', 601)
  expect(await rotate('encryption', secret)).toEqual({
    code: 1,
    said: expect.stringContaining(said),
  })
  expect(manager.read('rampart/unclear')).toBe(keys.join())
})

test('ENCRYPTION_KEYS in a file are rotated there; in the environment nothing can', async () => {
  const path = join(folder, 'keys')
  await writeFile(path, `${database.encryptionKeys}\n`, { mode: 0o600 })
  const anHourAgo = Date.now() / 1_000 - 3_600
  await utimes(path, anHourAgo, anHourAgo)
  const { code } = await rotate('encryption', { ENCRYPTION_KEYS_FILE: path })
  expect(code).toBe(0)
  expect(await readFile(path, 'utf8')).toMatch(/^test:.+,\d{8}t\d{6}:.+\n$/)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['keys'])
  const refused = await rotate('encryption', { ENCRYPTION_KEYS: database.encryptionKeys })
  expect(refused).toEqual({
    code: 1,
    said: expect.stringContaining('ENCRYPTION_KEYS stands in the environment'),
  })
})

test('the passwords of the database: each role changes its own, and one that was cut off is finished', async () => {
  const postgres = await startThrowAwayDatabase(provisionDatabase)
  const { appUrl, workerUrl } = postgres
  const secret = { ...manager.environment, DATABASE_URL_SECRET_ID: 'rampart/app#url' }
  manager.put('rampart/app', JSON.stringify({ url: appUrl, note: 'stays' }))
  const path = join(folder, 'worker-url')
  await writeFile(path, workerUrl)
  const wanted = { ...secret, DATABASE_WORKER_URL: '', DATABASE_WORKER_URL_FILE: path }
  const currentUrl = () => String(JSON.parse(manager.read('rampart/app') ?? '{}').url)

  const first = await rotate('database', wanted)
  expect(first.said).toBe(
    'DATABASE_URL: a new password, and the one before is dead.\n' +
      'DATABASE_PLATFORM_URL: not given here, and not rotated.\n' +
      'DATABASE_WORKER_URL: a new password, and the one before is dead.\n',
  )
  const second = currentUrl()
  expect([await canLogIn(appUrl), await canLogIn(second)]).toEqual([false, true])
  expect([await canLogIn(workerUrl), await canLogIn(await readFile(path, 'utf8'))]).toEqual([
    false,
    true,
  ])
  expect(JSON.parse(manager.read('rampart/app') ?? '{}').note).toBe('stays')
  // Its log of statements has no password to show.
  const [statement] = await openAdmin(
    postgres.adminUrl,
    `SELECT rolpassword FROM pg_authid WHERE rolname = 'rampart_app'`,
  )
  expect(String(statement?.['rolpassword'])).toMatch(/^SCRAM-SHA-256\$4096:/)

  // Cut off between Postgres and the publication.
  const left = logInRotation.renew(second)
  await manager.stage('rampart/app', JSON.stringify({ url: left, note: 'stays' }))
  await openAdmin(postgres.adminUrl, `ALTER ROLE rampart_app PASSWORD '${new URL(left).password}'`)
  expect(await canLogIn(second)).toBe(false)
  // What stands in the environment is told, and keeps nothing else back.
  expect(await rotate('database', secret)).toEqual({
    code: 1,
    said:
      'DATABASE_URL: a new password, and the one before is dead.\n' +
      'DATABASE_PLATFORM_URL: not given here, and not rotated.\n' +
      'DATABASE_WORKER_URL stands in the environment, which nothing can write to: name a file or a secret.\n',
  })
  expect([currentUrl(), await canLogIn(left)]).toEqual([left, true])

  // Many at once: whoever is alone rotates, and what is published is what Postgres knows.
  const alone = { ...secret, DATABASE_WORKER_URL: '' }
  const crowd = await Promise.all([1, 2, 3, 4].map(() => rotate('database', alone)))
  expect(crowd.filter(({ code }) => code === 0).length).toBeGreaterThan(0)
  expect([await canLogIn(left), await canLogIn(currentUrl())]).toEqual([false, true])
  expect(await rotate('database', alone)).toMatchObject({ code: 0 })

  const without = new URL(currentUrl())
  without.password = ''
  manager.put('rampart/app', JSON.stringify({ url: without.href }))
  expect(await rotate('database', alone)).toEqual({
    code: 1,
    said: 'DATABASE_URL: its URL has no password.\n',
  })
  expect(await rotate('database', { DATABASE_WORKER_URL: '' })).toMatchObject({
    code: 1,
    said: expect.stringContaining('None of DATABASE_URL'),
  })
  await postgres.remove()
})

async function openAdmin(url: string, text: string) {
  const admin = openSql(url)
  const rows = await admin.run(text)
  await admin.close()
  return rows
}
