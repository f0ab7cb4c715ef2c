import { startSmtpServer } from '@repo/mail/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startWorker } from './start-worker.ts'
import { type Person, useWorkerDatabase } from './use-worker-database.ts'

const database = useWorkerDatabase()
const patient = { timeout: 60_000 }
let server: Awaited<ReturnType<typeof startSmtpServer>>
let worker: Awaited<ReturnType<typeof startWorker>>
let person: Person

beforeAll(async () => {
  server = await startSmtpServer()
  worker = await startWorker(database, { SMTP_URL: `smtp://127.0.0.1:${server.port}` })
})
afterAll(async () => {
  await worker?.close()
  await server?.close()
})
beforeEach(async () => {
  await database.owner.run('DELETE FROM api_keys')
  person = await database.createPerson()
  server.mails.splice(0)
})

/** A key of 90 days that ends at a time from now. */
async function createKey(endsIn: string, lifetime = '90 days'): Promise<void> {
  await database.owner.run(
    `INSERT INTO api_keys (organization_id, user_id, name, prefix, created_at, expires_at)
     VALUES ($1, $2, 'Sync', 'rk_abcd', now() + $3::interval - $4::interval, now() + $3::interval)`,
    [person.organizationId, person.userId, endsIn, lifetime],
  )
}

const passTime = (time: string) =>
  database.owner.run(
    `UPDATE api_keys SET created_at = created_at - $1::interval, expires_at = expires_at - $1::interval`,
    [time],
  )

const told = () => worker.lines.filter(({ reminders }) => reminders !== undefined)

/** How many are reminded on a day; their mails have gone when it resolves. */
async function remind(): Promise<unknown> {
  const before = told().length
  await database.owner.run(`SELECT jobs.add('key-expiry', '{}')`)
  await expect.poll(() => told().length, patient).toBe(before + 1)
  const waiting = `SELECT 1 FROM pgboss.job WHERE name = 'mail' AND state < 'completed'`
  await expect.poll(() => database.owner.run(waiting), patient).toEqual([])
  return told().at(-1)?.['reminders']
}

test('an owner is told 14, 7 and 1 days before, each once, however often it is looked', async () => {
  await createKey('15 days')
  const days: number[] = []
  for (let day = 15; day >= 0; day -= 1) {
    const counts = [await remind(), await remind()]
    if (counts[0] === 1) days.push(day)
    expect(counts[1]).toBe(0)
    await passTime('23 hours 59 minutes')
    await passTime('1 minute')
  }
  expect(days).toEqual([14, 7, 1])
  expect(server.mails.map(({ to }) => to)).toEqual(Array(3).fill([person.email]))
  expect(server.mails[0]?.text).toContain('begins with rk_abcd expires at 20')
  expect(server.mails[0]?.headers['subject']).toBe('An API key of yours is about to expire')
}, 120_000)

test('a worker that was away tells the nearest of what it missed', async () => {
  await createKey('5 days')
  expect(await remind()).toBe(1)
  expect(await remind()).toBe(0)
})

test.each([
  ['that is over', () => createKey('-1 minute')],
  ['that lasts', () => createKey('15 days')],
  ['that was never to live so long', () => createKey('6 days', '6 days 1 minute')],
  [
    'that has a successor',
    async () => {
      await createKey('5 days')
      await database.owner.run(
        `UPDATE api_keys SET replaced_by_id = (SELECT id FROM made) FROM made`.replace(
          /^/,
          `WITH made AS (INSERT INTO api_keys (organization_id, user_id, name, prefix, expires_at)
             SELECT organization_id, user_id, name, prefix, now() + interval '60 days' FROM api_keys RETURNING id) `,
        ),
      )
    },
  ],
  [
    'of somebody who is suspended',
    async () => {
      await createKey('5 days')
      // Past the trigger that takes the keys away.
      await database.owner.run('ALTER TABLE users DISABLE TRIGGER end_access')
      await database.owner.run('UPDATE users SET disabled_at = now() WHERE id = $1', [
        person.userId,
      ])
      await database.owner.run('ALTER TABLE users ENABLE TRIGGER end_access')
    },
  ],
  [
    'of somebody who left',
    async () => {
      await createKey('5 days')
      await database.owner.run('UPDATE memberships SET removed_at = now() WHERE user_id = $1', [
        person.userId,
      ])
    },
  ],
])('nobody is told of a key %s', async (_what, make) => {
  await make()
  expect(await remind()).toBe(0)
})

test('a key ends no later than the installation lets it, and its owner is told in time for that', async () => {
  await worker.close()
  const settings = { SMTP_URL: `smtp://127.0.0.1:${server.port}`, API_KEY_MAX_AGE_DAYS: '30' }
  worker = await startWorker(database, settings)
  // Made 25 days ago for 90: over in 5.
  await createKey('65 days')
  expect(await remind()).toBe(1)
})
