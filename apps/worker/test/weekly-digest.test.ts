import { startSmtpServer } from '@repo/mail/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createSchedules } from '../src/handlers.ts'
import { startWorker } from './start-worker.ts'
import { useWorkerDatabase } from './use-worker-database.ts'

const database = useWorkerDatabase()
const patient = { timeout: 60_000 }
let server: Awaited<ReturnType<typeof startSmtpServer>>
const workers: Awaited<ReturnType<typeof startWorker>>[] = []
/** Of those too that have ended. */
const logs: (readonly Record<string, unknown>[])[] = []

// Mondays at seven, and the week before the first of them.
let monday: Date
const weekMs = 7 * 24 * 60 * 60 * 1_000

beforeAll(async () => {
  server = await startSmtpServer()
  monday = startOfWeek(new Date())
  for (const role of ['admin', 'admin', 'support', null]) {
    const { userId } = await database.createPerson()
    await database.owner.run('UPDATE users SET platform_role = $2 WHERE id = $1', [userId, role])
  }
})
afterAll(async () => {
  for (const worker of workers) await worker.close()
  await server?.close()
})
beforeEach(async () => {
  for (const worker of workers.splice(0)) await worker.close()
  logs.length = 0
  await database.owner.run('DELETE FROM audit.digests')
  await database.owner.run(`DELETE FROM pgboss.job_common WHERE name = 'mail'`)
  server.mails.length = 0
})

function startOfWeek(now: Date): Date {
  const day = new Date(now.getTime() - ((now.getUTCDay() + 6) % 7) * (weekMs / 7))
  return new Date(`${day.toISOString().slice(0, 10)}T07:00:00Z`)
}

async function start(changes: Readonly<Record<string, string>> = {}) {
  const smtp = `smtp://127.0.0.1:${server.port}`
  const worker = await startWorker(database, { SMTP_URL: smtp, ...changes }, () => monday)
  workers.push(worker)
  logs.push(worker.lines)
  return worker
}

const isDue = () => database.owner.run(`SELECT jobs.add('weekly-digest', '{}')`)
const told = (how: 'told' | 'told already') =>
  logs.flat().filter(({ msg }) => msg === `the digest of the week was ${how}`).length

const event = `INSERT INTO audit_events (time, action, outcome, code, request_id)
  SELECT $1::timestamptz, $2, $3::"AuditOutcome", $4, 'r' FROM generate_series(1, $5)`

/** So many events, so many weeks before the one that is over. */
const happen = (weeksAgo: number, times: number, [action, outcome, code]: readonly string[]) =>
  database.owner.run(event, [
    new Date(monday.getTime() - (weeksAgo + 0.5) * weekMs),
    action,
    outcome,
    code,
    times,
  ])

test('each administrator gets the week that is over, what is out of the ordinary first', async () => {
  const failed = ['auth.login', 'denied', 'invalid_credentials']
  const refused = ['orders.get', 'denied', 'not_found']
  for (const weeksAgo of [1, 2, 3, 4]) {
    await happen(weeksAgo, 20, failed)
    await happen(weeksAgo, 30, refused)
  }
  await happen(0, 400, failed)
  await happen(0, 31, refused)
  await happen(0, 1, ['detection.addressBlocked', 'success', 'failed_log_ins'])
  await database.owner.run(
    `INSERT INTO alerts (rule, severity, subject, summary, count, first_at, last_at, rearms_at)
     VALUES ('mass_export', 'critical', 'x', 'A test.', 1, $1, $1, $1)`,
    [new Date(monday.getTime() - weekMs / 2)],
  )
  await start()
  await isDue()
  await expect.poll(() => server.mails.length, patient).toBe(2)
  const [mail] = server.mails
  const week = new Date(monday.getTime() - weekMs).toISOString().slice(0, 10)
  expect(mail?.headers['subject']).toContain(`Week of ${week} at localhost:3000`)
  expect(mail?.headers['content-type']).toContain('multipart/alternative')
  const order = [
    'things are out of the ordinary.',
    '[critical] Alerts of mass_export: 1',
    '[warning] Log-ins that failed: 400, where',
    'failed: 400 (+380 on the week before',
    'addresses closed: 1',
    'orders.get: 31 (+1 on the week before',
    `/admin/digest/${week}`,
  ].map((words) => readable(mail?.raw).indexOf(words))
  expect(order).not.toContain(-1)
  expect(order).toEqual(order.toSorted((one, other) => one - other))
  expect(readable(mail?.raw)).not.toContain('Refusals of orders.get:')
})

const readable = (raw = '') => raw.replaceAll('=\r\n', '').replaceAll('=20', ' ')

test('three workers, a second job and a restart: one digest a week, and one more in the next', async () => {
  await Promise.all([start(), start(), start()])
  await Promise.all([isDue(), isDue(), isDue()])
  await expect.poll(() => [told('told'), told('told already')], patient).toEqual([1, 2])
  await workers.shift()?.close()
  await start()
  await isDue()
  await expect.poll(() => [told('told'), told('told already')], patient).toEqual([1, 3])
  await expect.poll(() => server.mails.length, patient).toBe(2)
  const before = monday
  monday = new Date(before.getTime() + weekMs)
  await isDue()
  await expect.poll(() => server.mails.length, patient).toBe(4)
  monday = before
  const weeks = await database.owner.run('SELECT week::text FROM audit.digests ORDER BY 1')
  expect(weeks).toHaveLength(2)
})

const tellAt = async (time: Date) => {
  const before = [told('told'), told('told already')]
  monday = time
  await isDue()
  await expect.poll(() => [told('told'), told('told already')], patient).not.toEqual(before)
}
const toldWeeks = async () =>
  (await database.owner.run('SELECT week::text FROM audit.digests ORDER BY 1')).map(
    ({ week }) => week,
  )

test('a worker that finds it told while it composes mails nothing', async () => {
  const week = new Date(monday.getTime() - weekMs).toISOString().slice(0, 10)
  await start()
  await isDue()
  await database.owner.run(`DO $$ BEGIN
      INSERT INTO audit.digests VALUES ('${week}', now(), '{}');
      WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid') LOOP
        PERFORM pg_sleep(0.02);
      END LOOP;
    END $$`)
  await expect.poll(() => [told('told'), told('told already')], patient).toEqual([0, 1])
})

test('where Monday morning is still Sunday in UTC, the week that is over is told on Tuesday', async () => {
  const [before, weekDay] = [monday, monday.toISOString().slice(0, 10)]
  await start()
  const schedule = createSchedules({ digestTimeZone: 'Asia/Tokyo' }).find(
    ({ queue }) => queue === 'weekly-digest',
  )
  const days = /^0 7 \* \* ([\d,]+)$/.exec(schedule?.cron ?? '')?.[1]?.split(',') ?? []
  for (const day of days) {
    const inTokyo = new Date(`${weekDay}T07:00:00+09:00`).getTime()
    await tellAt(new Date(inTokyo + (Number(day) - 1) * (weekMs / 7)))
  }
  monday = before
  expect(schedule?.timeZone).toBe('Asia/Tokyo')
  expect((await toldWeeks()).at(-1)).toBe(
    new Date(before.getTime() - weekMs).toISOString().slice(0, 10),
  )
})

test('after weeks without a worker each is told, the oldest first, of eight at most', async () => {
  const before = monday
  const weekOfTold = (weeks: number) =>
    new Date(before.getTime() + (weeks - 1) * weekMs).toISOString().slice(0, 10)
  await start()
  await tellAt(before)
  expect(await toldWeeks()).toEqual([weekOfTold(0)])
  await tellAt(new Date(before.getTime() + 3 * weekMs))
  await expect.poll(toldWeeks, patient).toEqual([0, 1, 2, 3].map(weekOfTold))
  const named = logs.flat().flatMap(({ week, findings }) => (findings === undefined ? [] : [week]))
  expect(named).toEqual([0, 1, 2, 3].map(weekOfTold))
  await tellAt(new Date(before.getTime() + 20 * weekMs))
  await expect.poll(async () => (await toldWeeks()).length, patient).toBe(4 + 8)
  monday = before
})

test('who is named reads it, and nobody else', async () => {
  await start({ DIGEST_EMAILS: 'ops@acme.test' })
  await isDue()
  await expect.poll(() => server.mails.map(({ to }) => to), patient).toEqual([['ops@acme.test']])
})
