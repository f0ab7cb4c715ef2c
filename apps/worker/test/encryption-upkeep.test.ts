import { randomBytes } from 'node:crypto'
import { keyPurposes, openRotatingKeys } from '@repo/auth'
import { openDatabase } from '@repo/database'
import { createEncryption, type Encryption } from '@repo/encryption'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasOutdated, renewEncryption } from '../src/renew-encryption.ts'
import { startWorker } from './start-worker.ts'
import { useWorkerDatabase } from './use-worker-database.ts'

const database = useWorkerDatabase()
const patient = { timeout: 60_000 }
let worker: Awaited<ReturnType<typeof startWorker>>
const nextKey = randomBytes(32)

const keysOf = (text: string) =>
  text.split(',').map((pair) => {
    const [id = '', key = ''] = pair.split(':')
    return { id, key: Buffer.from(key, 'base64') }
  })

let before: Encryption
let both: Encryption

beforeAll(async () => {
  before = createEncryption(keysOf(database.encryptionKeys))
  both = createEncryption([{ id: 'next', key: nextKey }, ...keysOf(database.encryptionKeys)])
  const keys = `next:${nextKey.toString('base64')},${database.encryptionKeys}`
  worker = await startWorker(database, { ENCRYPTION_KEYS: keys })
})
afterAll(() => worker?.close())

const parts = () => ({ database: worker.services.database, encryption: both })

/** Every value of every column of the database that is under the old key, with its table. */
async function underTheOldKey(): Promise<readonly string[]> {
  const columns = await database.owner.run(
    `SELECT relnamespace::regnamespace::text AS schema, relname AS name FROM pg_class
      WHERE relnamespace::regnamespace::text IN ('public', 'pgboss', 'audit') AND relkind = 'r'`,
  )
  const found = await Promise.all(
    columns.map(async ({ schema, name }) => {
      const text = `SELECT count(*)::int AS count FROM "${schema}"."${name}" t WHERE t::text ~ 'v1\\.test\\.'`
      const [row] = await database.owner.run(text)
      return Number(row?.['count']) > 0 ? [String(name)] : []
    }),
  )
  return found.flat().toSorted()
}

/** A value of each kind that a database of this product holds. */
async function fill() {
  const person = await database.createPerson()
  const serving = openDatabase({ url: database.urls.appUrl })
  const clock = () => new Date()
  const opening = { database: serving, encryption: before, clock, onError: () => {} }
  for (const purpose of Object.keys(keyPurposes) as (keyof typeof keyPurposes)[]) {
    const keys = await openRotatingKeys({ ...opening, purpose })
    keys.close()
  }
  await serving.close()
  const { userId, organizationId } = person
  const endpointId = crypto.randomUUID()
  await database.owner.run(`INSERT INTO totp_secrets (user_id, secret) VALUES ($1, $2)`, [
    userId,
    before.encrypt('JBSWY3DPEHPK3PXP', `totp:${userId}`),
  ])
  await database.owner.run(
    `INSERT INTO webhook_endpoints (id, organization_id, url, events) VALUES ($1, $2, 'https://a.test', '{*}')`,
    [endpointId, organizationId],
  )
  await database.owner.run(
    `INSERT INTO webhook_secrets (id, endpoint_id, sealed) VALUES ($1, $2, $3)`,
    [crypto.randomUUID(), endpointId, before.encrypt('whsec_x', `webhook:${endpointId}`)],
  )
  await database.owner.run(
    `INSERT INTO oauth_records (kind, id, payload, successor, expires_at) VALUES ('RefreshToken', 'hash', $1, $2, now() + '1 day')`,
    [before.encrypt('{}', 'oauth:RefreshToken:hash'), before.encrypt('n', 'oauth:successor:hash')],
  )
  await database.owner.run(`SELECT jobs.add('dead-letter', $1)`, [
    { sealed: before.encrypt('{}', 'mail') },
  ])
  return { userId, endpointId }
}

test('everything in the database that is encrypted is put under the new key, and opens as before', async () => {
  const { userId, endpointId } = await fill()
  expect(await underTheOldKey()).toEqual([
    'job_common',
    'oauth_records',
    'rotating_keys',
    'totp_secrets',
    'webhook_secrets',
  ])
  await database.owner.run(`SELECT jobs.add('encryption-upkeep', '{}')`)
  await expect.poll(underTheOldKey, patient).toEqual([])
  expect(await hasOutdated(parts())).toBe(false)
  const [totp] = await database.owner.run('SELECT secret FROM totp_secrets')
  const [webhook] = await database.owner.run('SELECT sealed FROM webhook_secrets')
  const [record] = await database.owner.run('SELECT payload, successor FROM oauth_records')
  const [mail] = await database.owner.run(
    `SELECT data ->> 'sealed' AS sealed FROM pgboss.job WHERE name = 'dead-letter'`,
  )
  const after = createEncryption([{ id: 'next', key: nextKey }])
  expect(after.decrypt(`${totp?.['secret']}`, `totp:${userId}`)).toBe('JBSWY3DPEHPK3PXP')
  expect(after.decrypt(`${webhook?.['sealed']}`, `webhook:${endpointId}`)).toBe('whsec_x')
  expect(after.decrypt(`${record?.['payload']}`, 'oauth:RefreshToken:hash')).toBe('{}')
  expect(after.decrypt(`${record?.['successor']}`, 'oauth:successor:hash')).toBe('n')
  expect(after.decrypt(`${mail?.['sealed']}`, 'mail')).toBe('{}')
  const keys = await database.owner.run('SELECT id, purpose, sealed FROM rotating_keys')
  expect(keys).toHaveLength(2)
  for (const { id, purpose, sealed } of keys) after.decrypt(`${sealed}`, `${purpose}-key:${id}`)
})

test('a thousand values are put under it, and what no key opens is told and left', async () => {
  const people = Array.from({ length: 1_100 }, () => crypto.randomUUID())
  await database.owner.run(
    `INSERT INTO users (id, email, name) SELECT p, p || '@many.test', 'n' FROM unnest($1::uuid[]) p`,
    [people],
  )
  const lost = createEncryption([{ id: 'lost', key: randomBytes(32) }])
  const secrets = people.map((id, index) =>
    (index === 7 ? lost : before).encrypt('secret', `totp:${id}`),
  )
  await database.owner.run(
    `INSERT INTO totp_secrets (user_id, secret) SELECT * FROM unnest($1::uuid[], $2::text[])`,
    [people, secrets],
  )
  expect(await renewEncryption(parts())).toEqual({ renewed: 1_099, lost: { totp: 1 } })
  expect(await renewEncryption(parts())).toEqual({ renewed: 0, lost: { totp: 1 } })
  expect(await hasOutdated(parts())).toBe(true)
  const [kept] = await database.owner.run('SELECT secret FROM totp_secrets WHERE user_id = $1', [
    people[7],
  ])
  expect(kept?.['secret']).toBe(secrets[7])
  await database.owner.run('DELETE FROM totp_secrets WHERE user_id = $1', [people[7]])
})

test('who changes a value meanwhile wins', async () => {
  const [row] = await database.owner.run('SELECT user_id FROM totp_secrets LIMIT 1')
  const { owner } = database
  const theirs = before.encrypt('theirs', `totp:${row?.['user_id']}`)
  const set = 'UPDATE totp_secrets SET secret = $2 WHERE user_id = $1'
  await owner.run(set, [row?.['user_id'], before.encrypt('read', `totp:${row?.['user_id']}`)])
  const query: typeof worker.services.database.query = async (statement) => {
    const rows = await worker.services.database.query(statement)
    // Between its look and its write.
    if (statement.name === 'list_sealed_values' && statement.values[0] === 'totp') {
      await owner.run(set, [row?.['user_id'], theirs])
    }
    return rows as never
  }
  expect(await renewEncryption({ database: { query }, encryption: both })).toMatchObject({
    renewed: 0,
  })
  const [kept] = await owner.run('SELECT secret FROM totp_secrets WHERE user_id = $1', [
    row?.['user_id'],
  ])
  expect(kept?.['secret']).toBe(theirs)
})
