import { type AppProcess, startApp, startReceiver } from '@repo/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startWorker } from './start-worker.ts'
import { useWebhooks } from './use-webhooks.ts'
import { useWorkerDatabase } from './use-worker-database.ts'

vi.setConfig({ testTimeout: 120_000 })
const database = useWorkerDatabase()
const webhooks = useWebhooks(database)
const patient = { timeout: 60_000 }
const started: AppProcess[] = []
let receiver: Awaited<ReturnType<typeof startReceiver>>
let isHanging = false

beforeEach(async () => {
  isHanging = false
  receiver = await startReceiver({
    answer(response) {
      if (!isHanging) response.writeHead(204).end()
    },
  })
})
afterEach(async () => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL')
  await receiver.close()
})

async function startWorkers(count: number) {
  const workers = Array.from({ length: count }, () =>
    startApp('worker', {
      NODE_ENV: 'test',
      DATABASE_WORKER_URL: database.urls.workerUrl,
      ENCRYPTION_KEYS: database.encryptionKeys,
      SMTP_URL: 'smtp://127.0.0.1:9',
      WEBHOOKS_TO_LOOPBACK: 'true',
    }),
  )
  started.push(...workers)
  await Promise.all(workers.map((worker) => worker.untilReady()))
  return workers
}

async function createEndpoint() {
  const person = await database.createPerson()
  const { id } = await webhooks.create(person, `http://127.0.0.1:${receiver.port}/`)
  return { person, id }
}

const received = () => receiver.received.map(({ headers }) => headers['webhook-id'])

test('killed in the middle of an attempt, it is made again: one on record, under one id', async () => {
  const { person, id } = await createEndpoint()
  isHanging = true
  const [first] = await startWorkers(1)
  await webhooks.createOrder(person)
  await expect.poll(received, patient).toHaveLength(1)
  first?.child.kill('SIGKILL')
  await first?.ended
  expect(await webhooks.attempts(id)).toEqual([])
  isHanging = false
  // Its time is over, without the wait.
  await database.owner.run(`UPDATE pgboss.job SET started_on = now() - interval '1 hour'`)
  await startWorkers(1)
  await expect
    .poll(() => webhooks.attempts(id), patient)
    .toEqual([{ number: 1, response_status: 204, error_kind: null }])
  expect(new Set(received()).size).toBe(1)
  expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'delivered' }])
})

test('killed once it is on record, nothing is sent again, and nothing is written again', async () => {
  const { person, id } = await createEndpoint()
  const [worker] = await startWorkers(1)
  await webhooks.createOrder(person)
  await expect.poll(() => webhooks.deliveries(id), patient).toMatchObject([{ status: 'delivered' }])
  worker?.child.kill('SIGKILL')
  await worker?.ended
  const [delivery] = await webhooks.deliveries(id)
  // As it is for who was killed before the job was marked as done.
  await database.owner.run(`SELECT jobs.add('webhook-delivery', $1)`, [
    { deliveryId: delivery?.['id'], attempt: 1 },
  ])
  await startWorkers(1)
  const waiting = () =>
    database.owner.run(
      `SELECT FROM pgboss.job WHERE name = 'webhook-delivery' AND state < 'completed'`,
    )
  await expect.poll(waiting, patient).toEqual([])
  expect(received()).toHaveLength(1)
  expect(await webhooks.attempts(id)).toHaveLength(1)
})

test('how an attempt has ended is written down once, however often it is said', async () => {
  const { person, id } = await createEndpoint()
  await webhooks.createOrder(person)
  const [delivery] = await webhooks.deliveries(id)
  await database.owner.run(`DELETE FROM pgboss.job WHERE name = 'webhook-delivery'`)
  const end = `SELECT webhooks.end_attempt($1, '', 1, now(), 5, 503, 'status', 10, 5)`
  await Promise.all([1, 2, 3].map(() => database.owner.run(end, [delivery?.['id']])))
  expect(await webhooks.attempts(id)).toHaveLength(1)
  const next = `SELECT data->>'attempt' AS attempt FROM pgboss.job WHERE name = 'webhook-delivery'
                 ORDER BY priority DESC, created_on`
  expect(await database.owner.run(next)).toEqual([{ attempt: '2' }])
  // What has not been tried goes before it.
  await webhooks.createOrder(person)
  expect(await database.owner.run(next)).toEqual([{ attempt: '1' }, { attempt: '2' }])
})

test('an attempt in which the clock was set back took no time, and not less', async () => {
  const { person, id } = await createEndpoint()
  let now = Date.now()
  const setBack = () => {
    now -= 1_000
    return new Date(now)
  }
  const worker = await startWorker(database, { WEBHOOKS_TO_LOOPBACK: 'true' }, setBack)
  await webhooks.createOrder(person)
  await expect.poll(() => webhooks.attempts(id), patient).toHaveLength(1)
  await worker.close()
  const took = `SELECT duration_ms FROM webhook_attempts WHERE organization_id = $1`
  expect(await database.owner.run(took, [person.organizationId])).toEqual([{ duration_ms: 0 }])
})

test('two workers share what there is: each event once, and one attempt of it', async () => {
  const { person, id } = await createEndpoint()
  await startWorkers(2)
  const count = 40
  await Promise.all(Array.from({ length: count }, () => webhooks.createOrder(person)))
  await expect.poll(received, patient).toHaveLength(count)
  await expect.poll(() => webhooks.attempts(id), patient).toHaveLength(count)
  expect(new Set(received()).size).toBe(count)
})
