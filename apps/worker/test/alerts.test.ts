import { randomBytes } from 'node:crypto'
import { startReceiver } from '@repo/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startWorker } from './start-worker.ts'
import { useWorkerDatabase } from './use-worker-database.ts'

const database = useWorkerDatabase()
const patient = { timeout: 60_000 }
let receiver: Awaited<ReturnType<typeof startReceiver>>
let worker: Awaited<ReturnType<typeof startWorker>>
/** What each way says, in turn, and then always its last. */
let answers: { hook: number[]; slack: number[] }
/** When the webhook says that it may be asked again. */
let retryAfter: string | undefined

beforeAll(async () => {
  receiver = await startReceiver({
    answer(response, { path }) {
      const said = path === '/hook' ? answers.hook : answers.slack
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
      response.writeHead(said.length > 1 ? (said.shift() ?? 204) : (said[0] ?? 204)).end()
    },
  })
  const at = (path: string) => `http://127.0.0.1:${receiver.port}${path}`
  worker = await startWorker(database, {
    OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
    ALERT_WEBHOOK_URL: at('/hook'),
    ALERT_WEBHOOK_SECRETS: randomBytes(32).toString('base64'),
    ALERT_SLACK_URL: at('/slack'),
  })
})
afterAll(async () => {
  await worker?.close()
  await receiver?.close()
})
beforeEach(() => {
  answers = { hook: [204], slack: [204] }
  retryAfter = undefined
})

async function raiseAlert(subject: string = crypto.randomUUID()): Promise<string> {
  const [raised] = await database.owner.run(
    `INSERT INTO alerts (rule, severity, subject, summary, count, first_at, last_at, rearms_at)
     VALUES ('mass_export', 'critical', $1, 'A test.', 1, now(), now(), now()) RETURNING id`,
    [subject],
  )
  return String(raised?.['id'])
}

const attemptsAt = (path: string, id: string) =>
  receiver.received.filter((one) => one.path === path && one.body.includes(id)).length
const givenUp = () => worker.lines.filter(({ msg }) => msg === 'a job was given up')

test('an alert goes each way once; what is found again of it goes nowhere', async () => {
  const id = await raiseAlert()
  await expect
    .poll(() => [attemptsAt('/hook', id), attemptsAt('/slack', id)], patient)
    .toEqual([1, 1])
  await database.owner.run('UPDATE alerts SET count = count + 1 WHERE id = $1', [id])
  const next = await raiseAlert()
  await expect.poll(() => attemptsAt('/slack', next), patient).toBe(1)
  expect([attemptsAt('/hook', id), attemptsAt('/slack', id)]).toEqual([1, 1])
})

test('a receiver that cannot take it now is asked again, under the same id', async () => {
  answers.hook = [503, 204]
  const id = await raiseAlert()
  await expect.poll(() => attemptsAt('/hook', id), patient).toBe(2)
  const ids = receiver.received.filter(({ path, body }) => path === '/hook' && body.includes(id))
  expect(new Set(ids.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([id]))
  expect(givenUp()).toEqual([])
})

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toUTCString()

// The last one asks for a day, and gets an hour.
test.each([
  { status: 429, header: '1800', least: 1_700, most: 1_800 },
  { status: 503, header: inSeconds(1_800), least: 1_500, most: 1_801 },
  { status: 503, header: inSeconds(86_400), least: 3_500, most: 3_600 },
])(
  'one that answers $status with Retry-After: $header is left alone until then',
  async ({ status, header, least, most }) => {
    retryAfter = header
    answers.hook = [status, 204]
    const id = await raiseAlert()
    const waits = () =>
      database.owner.run(
        `SELECT extract(epoch FROM start_after - now())::float AS wait FROM pgboss.job
          WHERE name = 'alert-webhook' AND state = 'retry' AND data->>'alertId' = $1`,
        [id],
      )
    await expect.poll(waits, patient).toHaveLength(1)
    const wait = Number((await waits())[0]?.['wait'])
    expect(wait).toBeGreaterThan(least)
    expect(wait).toBeLessThanOrEqual(most)
    // Its time is over, without the wait.
    await database.owner.run(
      `UPDATE pgboss.job SET start_after = now() WHERE data->>'alertId' = $1 AND state = 'retry'`,
      [id],
    )
    await expect.poll(() => attemptsAt('/hook', id), patient).toBe(2)
    expect(givenUp()).toEqual([])
  },
)

test('one that never will is asked once, and told of as an error; the other way is as it was', async () => {
  answers.hook = [410]
  const id = await raiseAlert()
  await expect.poll(() => givenUp().length, patient).toBe(1)
  expect(givenUp()[0]).toMatchObject({ level: 'error', queue: 'alert-webhook', attempts: 1 })
  expect([attemptsAt('/hook', id), attemptsAt('/slack', id)]).toEqual([1, 1])
})
