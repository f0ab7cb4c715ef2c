import { openDatabase } from '@repo/database'
import { openSql, type Sql } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { useJobs } from '../test/use-jobs.ts'
import { createJobSender } from './job-sender.ts'

const jobs = useJobs()
let app: Sql
let platform: Sql

beforeAll(() => {
  app = openSql(jobs.urls.appUrl)
  platform = openSql(jobs.urls.platformUrl)
})
afterAll(async () => {
  await Promise.all([app?.close(), platform?.close()])
})

const refused = [
  ['read jobs', 'SELECT * FROM pgboss.job'],
  ['read their data alone', 'SELECT data FROM pgboss.job_common'],
  ['count them', 'SELECT count(*) FROM pgboss.job_common'],
  ['change jobs', `UPDATE pgboss.job SET data = '{}'`],
  ['delete jobs', 'DELETE FROM pgboss.job'],
  ['write jobs past the function', `INSERT INTO pgboss.job_common (name) VALUES ('mail')`],
  ['read queues', 'SELECT * FROM pgboss.queue'],
  ['declare a queue', `SELECT jobs.declare_queue('mine')`],
  ['add any job', `SELECT jobs.add('clean-up', '{}')`],
  ['measure queues', 'SELECT * FROM jobs.count_queues()'],
  ['claim reminders', 'SELECT * FROM jobs.claim_key_reminders(90, 10)'],
] as const

test.each(refused)('whoever serves cannot %s', async (_what, text) => {
  await expect(app.run(text)).rejects.toThrow('permission denied')
})

test.each(refused)('the platform cannot %s', async (_what, text) => {
  await expect(platform.run(text)).rejects.toThrow('permission denied')
})

test('whoever serves adds mails, and no other job', async () => {
  const database = openDatabase({ url: jobs.urls.appUrl })
  const id = await createJobSender(database).send('mail', { sealed: 'x' })
  expect(await jobs.jobs('mail')).toMatchObject([{ id, state: 'created', data: { sealed: 'x' } }])
  await expect(app.run(`SELECT jobs.send('clean-up', '{}')`)).rejects.toThrow(
    'permission denied for queue clean-up',
  )
  await database.close()
})

test('10 000 mails wait, one more is overload, and there is room again after', async () => {
  const database = openDatabase({ url: jobs.urls.appUrl })
  const sender = createJobSender(database)
  await jobs.owner.run(`SELECT jobs.add('mail', '{}') FROM generate_series(1, 9999)`)
  await sender.send('mail', {})
  await expect(sender.send('mail', {})).rejects.toMatchObject({ code: 'overloaded' })
  await jobs.owner.run(`DELETE FROM pgboss.job WHERE id IN (SELECT id FROM pgboss.job LIMIT 1)`)
  await sender.send('mail', {})
  await database.close()
})

test('a job of a transaction that is rolled back is none', async () => {
  await jobs.owner.run(`DO $$ BEGIN
    PERFORM jobs.add('mail', '{}');
    RAISE EXCEPTION 'undone';
  EXCEPTION WHEN OTHERS THEN NULL; END $$`)
  expect(await jobs.jobs('mail')).toEqual([])
})

test('of a key one job waits; the next one is added once that has begun', async () => {
  const id = await jobs.add('mail', { n: 1 }, 'key')
  expect(await jobs.add('mail', { n: 2 }, 'key')).toBeNull()
  expect(await jobs.add('mail', { n: 3 }, 'other')).not.toBeNull()
  expect(await jobs.add('clean-up', { n: 4 }, 'key')).not.toBeNull()
  await jobs.owner.run(`UPDATE pgboss.job SET state = 'active' WHERE id = $1`, [id])
  expect(await jobs.add('mail', { n: 5 }, 'key')).not.toBeNull()
})

test('a job for a queue that does not exist is refused by its name', async () => {
  await expect(jobs.add('none-such', {})).rejects.toThrow('There is no queue none-such.')
})

test('what a job is given at first is what the database says of its queue', async () => {
  await jobs.start({})
  await jobs.add('clean-up', {})
  const [job] = await jobs.owner.run('SELECT * FROM pgboss.job')
  expect(job).toMatchObject({
    retry_limit: 5,
    retry_delay: 30,
    retry_backoff: true,
    retry_delay_max: 600,
    expire_seconds: 1_800,
    heartbeat_seconds: 60,
    deletion_seconds: 604_800,
    dead_letter: 'dead-letter',
  })
})
