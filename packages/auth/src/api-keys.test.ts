import { openDatabase } from '@repo/database'
import { findFreePort } from '@repo/testing'
import { expect, test } from 'vitest'
import { type ApiKeyTests, useApiKeys } from '../test/use-api-keys.ts'
import { createApiKeys } from './api-keys.ts'
import { generateToken, hashToken } from './tokens.ts'

let tests: ApiKeyTests
useApiKeys((made) => {
  tests = made
})

const sql = (text: string, ...values: readonly unknown[]) => tests.people.sql.run(text, values)

test('a key is its owner in one organization, within its permissions', async () => {
  const { key, id, prefix, expiresAt, userId, organizationId } = await tests.create({
    permissions: ['order:read:own', 'order:update:own'],
  })
  await sql('UPDATE users SET email_verified_at = now() WHERE id = $1', userId)
  expect(key.startsWith(prefix)).toBe(true)
  expect(prefix).toMatch(/^rk_live_.{8}$/)
  const [owner] = await sql('SELECT email, name FROM users WHERE id = $1', userId)
  expect(await tests.keys.find(key)).toEqual({
    userId,
    ...owner,
    emailVerified: true,
    platformRole: null,
    memberships: [
      {
        organizationId,
        role: 'admin',
        permissions: null,
        plan: 'standard',
        requiresSecondFactor: false,
      },
    ],
    credential: {
      kind: 'apiKey',
      keyId: id,
      permissions: ['order:read:own', 'order:update:own'],
      secondFactor: false,
      expiresAt,
    },
  })
})

test('a well-formed key that was never made is nobody', async () => {
  expect(await tests.keys.find(`rk_live_${generateToken()}`)).toBeNull()
})

test('a malformed key costs no query; a well-formed one does', async () => {
  // No server answers here, so that any query would throw.
  const database = openDatabase({ url: `postgresql://a:b@127.0.0.1:${await findFreePort()}/c` })
  const keys = createApiKeys({ database, clock: () => new Date(), maxAgeDays: 90 })
  const wellFormed = `rk_live_${generateToken()}`
  for (const malformed of ['', 'rk_live_', wellFormed.slice(8), `${wellFormed}x`]) {
    expect(await keys.find(malformed)).toBeNull()
  }
  await expect(keys.find(wellFormed)).rejects.toMatchObject({ code: 'unavailable' })
  await database.close()
})

test.each([
  ['revoked', 'DELETE FROM api_keys WHERE user_id = $1'],
  ['of a disabled user', 'UPDATE users SET disabled_at = now() WHERE id = $1'],
  ['of a removed member', 'UPDATE memberships SET removed_at = now() WHERE user_id = $1'],
])('a key that is %s is nobody from the next request on', async (_name, end) => {
  const [ended, untouched] = [await tests.create(), await tests.create()]
  expect(await tests.keys.find(ended.key)).not.toBeNull()
  await sql(end, ended.userId)
  expect(await tests.keys.find(ended.key)).toBeNull()
  expect(await tests.keys.find(untouched.key)).not.toBeNull()
})

test('a key whose row outlives the suspension of its owner is nobody’s all the same', async () => {
  const { key, userId } = await tests.create()
  await sql('ALTER TABLE users DISABLE TRIGGER USER')
  try {
    await sql('UPDATE users SET disabled_at = now() WHERE id = $1', userId)
    expect(await tests.keys.find(key)).toBeNull()
    await sql('UPDATE users SET disabled_at = NULL WHERE id = $1', userId)
    expect(await tests.keys.find(key)).not.toBeNull()
  } finally {
    await sql('ALTER TABLE users ENABLE TRIGGER USER')
  }
})

test("a key shows its owner's role as it is now, and of one organization alone", async () => {
  const { key, userId, organizationId } = await tests.create()
  const elsewhere = await tests.people.create(crypto.randomUUID())
  const join = `INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'owner')`
  await sql(join, elsewhere.organizationId, userId)
  await sql(`UPDATE memberships SET role = 'viewer' WHERE user_id = $1 AND role = 'admin'`, userId)
  const found = await tests.keys.find(key)
  expect(found?.memberships).toEqual([
    {
      organizationId,
      role: 'viewer',
      permissions: null,
      plan: 'standard',
      requiresSecondFactor: false,
    },
  ])
})

test.each([
  [
    'a confirmed authenticator',
    `INSERT INTO totp_secrets (user_id, secret, confirmed_at) VALUES ($1, 'x', now())`,
    true,
  ],
  [
    'a passkey',
    `INSERT INTO passkeys (user_id, credential_id, public_key, counter, transports, backed_up, name)
     VALUES ($1, 'x', 'x', 0, '{}', false, 'x')`,
    true,
  ],
  [
    'an authenticator that is not confirmed',
    `INSERT INTO totp_secrets (user_id, secret) VALUES ($1, 'x')`,
    false,
  ],
])('whether its owner has a second factor: with %s', async (_name, add, expected) => {
  const { key, userId, organizationId } = await tests.create()
  await sql('UPDATE organizations SET require_second_factor = true WHERE id = $1', organizationId)
  expect((await tests.keys.find(key))?.credential.secondFactor).toBe(false)
  await sql(add, userId)
  const found = await tests.keys.find(key)
  expect(found?.credential.secondFactor).toBe(expected)
  expect(found?.memberships).toMatchObject([{ plan: 'standard', requiresSecondFactor: true }])
})

test('when a key was last used is written at most once a minute', async () => {
  const { key, id } = await tests.create()
  await sql('CREATE SEQUENCE writes')
  await sql(`CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN PERFORM nextval('public.writes'); RETURN NULL; END $$`)
  await sql(`CREATE TRIGGER counts AFTER UPDATE ON api_keys FOR EACH ROW
    EXECUTE FUNCTION public.count_write()`)
  const lastUse = async () => {
    const text = `SELECT last_used_at AS at, (SELECT last_value::int FROM writes WHERE is_called) AS writes
      FROM api_keys WHERE id = $1`
    return (await sql(text, id))[0]
  }
  expect(await lastUse()).toEqual({ at: null, writes: null })
  const first = tests.now()
  // Held for a moment, so that all of them have found the old time.
  const held = sql(
    'SELECT pg_sleep(0.3) FROM (SELECT FROM api_keys WHERE id = $1 FOR UPDATE) k',
    id,
  )
  await Promise.all(Array.from({ length: 8 }, () => tests.keys.find(key)))
  await held
  expect(await lastUse()).toEqual({ at: first, writes: 1 })
  tests.passDays(60 / 86_400)
  await tests.keys.find(key)
  expect(await lastUse()).toEqual({ at: first, writes: 1 })
  tests.passDays(1 / 86_400)
  await tests.keys.find(key)
  expect(await lastUse()).toEqual({ at: tests.now(), writes: 2 })
})

test('leaked keys end together, and say what they were; no other does', async () => {
  const leaked = [await tests.create(), await tests.create({ name: 'backup' })]
  const untouched = await tests.create()
  const seen = [...leaked.map(({ key }) => key), `rk_live_${generateToken()}`, 'rk_live_', '']
  const ended = await tests.keys.revokeLeaked(seen)
  expect(ended.toSorted((one, next) => next.name.localeCompare(one.name))).toEqual(
    leaked.map(({ id, userId, organizationId }, index) => ({
      id,
      userId,
      organizationId,
      name: ['deploy', 'backup'][index],
      email: expect.stringMatching(/@people\.test$/),
    })),
  )
  for (const { key } of leaked) expect(await tests.keys.find(key)).toBeNull()
  expect(await tests.keys.find(untouched.key)).not.toBeNull()
  expect(await tests.keys.revokeLeaked(seen)).toEqual([])
})

test('no table holds a key, and nothing in any table works as one', async () => {
  const { key, prefix } = await tests.create()
  const tables = await sql(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
  const rows = tables.map(({ tablename }) => sql(`SELECT t::text AS row FROM "${tablename}" t`))
  const dump = JSON.stringify(await Promise.all(rows))
  expect(dump).toContain(hashToken(key))
  expect(dump).toContain(prefix)
  expect(dump).not.toContain(key.slice(8))
  expect(dump).not.toContain(key.slice(8, 51))
  const words = [...new Set(dump.match(/[A-Za-z0-9_-]{8,}/g))]
  // Past the check of the format too, as if whoever has the dump could give any text a checksum.
  const lookUp = `SELECT * FROM identity.find_api_key(encode(sha256(w::bytea), 'hex'), $2, 90)`
  const query = `SELECT w FROM unnest($1::text[]) w, LATERAL (${lookUp}) found`
  const ask = (texts: readonly string[]) =>
    tests.people.database.query({ name: 'dump', text: query, values: [texts, tests.now()] })
  expect(words.length).toBeGreaterThan(20)
  for (const word of words) {
    expect(await tests.keys.find(word)).toBeNull()
    expect(await tests.keys.find(`rk_live_${word}`)).toBeNull()
  }
  expect(await ask([...words, ...words.map((word) => `rk_live_${word}`)])).toEqual([])
  expect(await ask([...words, key])).toEqual([{ w: key }])
})
