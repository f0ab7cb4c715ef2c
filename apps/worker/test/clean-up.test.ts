import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openStorage } from '@repo/files'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorker } from './start-worker.ts'
import { type Person, useWorkerDatabase } from './use-worker-database.ts'

const database = useWorkerDatabase()
const patient = { timeout: 60_000 }
let worker: Awaited<ReturnType<typeof startWorker>>
let person: Person

beforeAll(async () => {
  worker = await startWorker(database)
  person = await database.createPerson()
})
afterAll(() => worker?.close())

const cleanedUp = () =>
  worker.lines
    .filter(({ msg }) => msg === 'what is over was deleted')
    .map(({ deleted }) => deleted as Record<string, number>)

async function cleanUp(): Promise<Record<string, number>> {
  const before = cleanedUp().length
  await database.owner.run(`SELECT jobs.add('clean-up', '{}')`)
  await expect.poll(() => cleanedUp().length, patient).toBe(before + 1)
  return cleanedUp().at(-1) ?? {}
}

const text = () => crypto.randomUUID()

/** By what the log calls it: a row that ends, or ended, at a time from now. */
const inserts: Readonly<Record<string, (at: string) => [string, unknown[]]>> = {
  sessions: (at) => [
    `INSERT INTO sessions (id, user_id, expires_at) VALUES ($1, $2, now() + $3::interval)`,
    [text(), person.userId, at],
  ],
  links: (at) => [
    `INSERT INTO one_time_tokens (id, purpose, email, expires_at) VALUES ($1, 'register', 'a@b.test', now() + $2::interval)`,
    [text(), at],
  ],
  emailChanges: (at) => [
    `INSERT INTO email_changes (user_id, new_email, old_token_id, new_token_id, expires_at)
     VALUES ($1, 'a@b.test', $2, $3, now() + $4::interval)
       ON CONFLICT (user_id) DO UPDATE SET expires_at = EXCLUDED.expires_at`,
    [person.userId, text(), text(), at],
  ],
  invitations: (at) => [
    `INSERT INTO invitations (organization_id, user_id, email, role, expires_at)
     VALUES ($1, $2, $3, 'member', now() + $4::interval)`,
    [person.organizationId, person.userId, text(), at],
  ],
  keptAnswers: (at) => [
    `INSERT INTO idempotency_keys (user_id, organization_id, key_hash, request_hash, expires_at)
     VALUES ($1, $2, $3, 'r', now() + $4::interval)`,
    [person.userId, person.organizationId, text(), at],
  ],
  oauthRecords: (at) => [
    `INSERT INTO oauth_records (kind, id, payload, expires_at) VALUES ('Session', $1, 'p', now() + $2::interval)`,
    [text(), at],
  ],
  failedLogIns: (at) => [
    `INSERT INTO failed_log_ins (email_hash, failures, first_at, last_at)
     VALUES ($1, 1, now(), now() + $2::interval - interval '1 day')`,
    [text(), at],
  ],
  alerts: (at) => [
    `INSERT INTO alerts (rule, severity, subject, summary, count, first_at, last_at, rearms_at)
     VALUES ('r', 'info', $1, 's', 1, now(), now() + $2::interval - interval '400 days', now())`,
    [text(), at],
  ],
  blockedAddresses: (at) => [
    `INSERT INTO blocked_addresses (address_key, reason, block_count, blocked_at, blocked_until)
     VALUES ($1, 'r', 1, now(), now() + $2::interval - interval '1 day')`,
    [text(), at],
  ],
  webhookEvents: (at) => [
    `INSERT INTO webhook_events (id, organization_id, type, data, created_at)
     VALUES ($1, $2, 'order.created', '{}', now() + $3::interval - interval '30 days')`,
    [text(), person.organizationId, at],
  ],
}

test.each(Object.entries(inserts))(
  'of %s what is over goes, and nothing else',
  async (name, insert) => {
    const table = /INTO (\w+)/.exec(insert('')[0])?.[1]
    const count = async () => (await database.owner.run(`SELECT 1 FROM ${table}`)).length
    await database.owner.run(...insert('1 minute'))
    expect((await cleanUp())[name]).toBe(0)
    // Nor could it by any statement: its policies keep what is not over.
    await database.worker.run(`DELETE FROM ${table}`)
    expect(await count()).toBe(1)
    await database.owner.run(...insert('-1 second'))
    expect((await cleanUp())[name]).toBe(1)
    expect(await count()).toBe(name === 'emailChanges' ? 0 : 1)
  },
)

test('grants that are over go with their records', async () => {
  const { userId } = person
  await database.owner.run(
    `INSERT INTO oauth_clients (id, kind, name, redirect_uris) VALUES ($1, 'browser', 'n', '{https://a.test}')`,
    [userId],
  )
  const grant = (id: string, at: string) =>
    database.owner.run(
      `INSERT INTO oauth_grants (id, user_id, client_id, second_factor, payload, expires_at)
       VALUES ($1, $2, $2, false, '{}', now() + $3::interval)`,
      [id, userId, at],
    )
  const [kept, over] = [text(), text()]
  await grant(kept, '1 minute')
  await grant(over, '-1 second')
  await database.owner.run(
    `INSERT INTO oauth_records (kind, id, grant_id, payload, expires_at)
     VALUES ('RefreshToken', 'a', $1, 'p', now() + interval '1 day')`,
    [over],
  )
  expect(await database.worker.run('SELECT id FROM oauth_grants')).toEqual([{ id: over }])
  expect(await cleanUp()).toMatchObject({ oauthGrants: 1 })
  expect(await database.owner.run('SELECT id FROM oauth_grants')).toEqual([{ id: kept }])
  expect(await database.owner.run(`SELECT 1 FROM oauth_records WHERE id = 'a'`)).toEqual([])
})

test('more than a batch goes', async () => {
  await database.owner.run(
    `INSERT INTO sessions (id, user_id, expires_at)
     SELECT 'many' || n, $1, now() - interval '1 second' FROM generate_series(1, 2500) n`,
    [person.userId],
  )
  expect(await cleanUp()).toMatchObject({ sessions: 2_500 })
})

test('an organization goes 30 days after it was deleted, with all that was in it', async () => {
  const { organizationId, userId } = await database.createPerson()
  const [role] = await database.owner.run(
    `INSERT INTO custom_roles (id, organization_id, name, permissions)
     VALUES (gen_random_uuid(), $1, 'r', '{order:read:own}') RETURNING id`,
    [organizationId],
  )
  await database.owner.run(
    `UPDATE memberships SET role = 'custom', custom_role_id = $1 WHERE user_id = $2`,
    [role?.['id'], userId],
  )
  await database.owner.run(
    `INSERT INTO orders (organization_id, user_id, currency, total_cents) VALUES ($1, $2, 'EUR', 1)`,
    [organizationId, userId],
  )
  await database.owner.run(
    `INSERT INTO invitations (organization_id, user_id, email, role, custom_role_id, expires_at)
     VALUES ($1, $2, 'x@y.test', 'custom', $3, now() + interval '1 day')`,
    [organizationId, userId, role?.['id']],
  )
  const deletedAt = (ago: string) =>
    database.owner.run('UPDATE organizations SET deleted_at = now() - $2::interval WHERE id = $1', [
      organizationId,
      ago,
    ])
  const left = async () => (await database.owner.run('SELECT 1 FROM orders')).length
  await deletedAt('29 days')
  expect(await cleanUp()).toMatchObject({ organizations: 0 })
  expect(await left()).toBe(1)
  await deletedAt('31 days')
  expect(await cleanUp()).toMatchObject({ organizations: 1 })
  expect(await left()).toBe(0)
  expect(await database.owner.run('SELECT 1 FROM users WHERE id = $1', [userId])).toHaveLength(1)
})

test('the contents of its files go before it; where none can be reached it stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'))
  const storage = openStorage(pathToFileURL(folder).href)
  const { organizationId, userId } = await database.createPerson()
  const other = await database.createPerson()
  const [lost, kept] = [text(), text()]
  const addFile = async (owner: Pick<Person, 'organizationId' | 'userId'>, key: string) => {
    await storage.put(key, Buffer.from('content'))
    await database.owner.run(
      `INSERT INTO files (id, organization_id, user_id, name, media_type, bytes, sha256, storage_key)
       VALUES (gen_random_uuid(), $1, $2, 'n', 'image/png', 7, $3, $4)`,
      [owner.organizationId, owner.userId, 'a'.repeat(64), key],
    )
  }
  await addFile({ organizationId, userId }, lost)
  await addFile(other, kept)
  await database.owner.run(
    `UPDATE organizations SET deleted_at = now() - interval '31 days' WHERE id = $1`,
    [organizationId],
  )
  expect(await cleanUp()).toMatchObject({ files: 0, organizations: 0 })
  await worker.close()
  worker = await startWorker(database, { S3_URL: pathToFileURL(folder).href })
  expect(await cleanUp()).toMatchObject({ files: 1, organizations: 1 })
  expect([await storage.get(lost), String(await storage.get(kept))]).toEqual([null, 'content'])
  await rm(folder, { recursive: true })
})

test('a storage that is gone keeps nothing else from its end', async () => {
  const { organizationId, userId } = await database.createPerson()
  await database.owner.run(
    `INSERT INTO files (id, organization_id, user_id, name, media_type, bytes, sha256, storage_key)
     VALUES (gen_random_uuid(), $1, $2, 'n', 'image/png', 7, $3, $4)`,
    [organizationId, userId, 'a'.repeat(64), text()],
  )
  await database.owner.run(
    `UPDATE organizations SET deleted_at = now() - interval '31 days' WHERE id = $1`,
    [organizationId],
  )
  await worker.close()
  worker = await startWorker(database, { S3_URL: 'https://key:secret@127.0.0.1:9/bucket' })
  await database.owner.run(
    `INSERT INTO sessions (id, user_id, expires_at) VALUES ($1, $2, now() - interval '1 second')`,
    [text(), person.userId],
  )
  const deleted = await cleanUp()
  expect(deleted).toMatchObject({ sessions: 1, organizations: 0 })
  expect(deleted).not.toHaveProperty('files')
  const failed = () => worker.lines.filter(({ msg }) => msg === 'a job failed')
  await expect.poll(() => failed().length, patient).toBeGreaterThan(0)
})
