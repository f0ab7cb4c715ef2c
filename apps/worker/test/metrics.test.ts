import { afterEach, beforeEach, expect, test } from 'vitest'
import { startWorker } from './start-worker.ts'
import { useWorkerDatabase } from './use-worker-database.ts'

const database = useWorkerDatabase()
let worker: Awaited<ReturnType<typeof startWorker>>

beforeEach(async () => {
  worker = await startWorker(database)
})
afterEach(() => worker.close())

/** The value of a series in a scrape; undefined where there is none. */
async function read(series: string): Promise<number | undefined> {
  const lines = (await worker.services.metrics.meter.read()).split('\n')
  const line = lines.find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

const add = (queue: string, data: object) =>
  database.owner.run('SELECT jobs.add($1, $2)', [queue, data])

test('attempts are counted by their queue and end: done, failed, given up', async () => {
  await add('audit-seal', {})
  await expect.poll(() => read('rampart_jobs_total{queue="audit-seal",result="done"}')).toBe(1)
  expect(await read('rampart_job_duration_seconds_count{queue="audit-seal"}')).toBe(1)
  // No alert has this id: no other attempt would find one.
  const alertId = crypto.randomUUID()
  await add('alert', { alertId: 'none' })
  await expect.poll(() => read('rampart_jobs_total{queue="alert",result="failed"}')).toBe(1)
  expect(await read('rampart_jobs_total{queue="alert",result="given_up"}')).toBe(0)
  await add('alert-email', { alertId, channel: 'email:nobody' })
  await expect
    .poll(() => read('rampart_jobs_total{queue="alert-email",result="failed"}'))
    .toBeGreaterThan(0)
})

test('of every queue it is said what was given up', async () => {
  await database.owner.run(`INSERT INTO pgboss.job_common (name, data, source_name)
    VALUES ('dead-letter', '{}', 'mail'), ('dead-letter', '{}', 'mail')`)
  expect(await read('rampart_queue_dead_letters{queue="mail"}')).toBe(2)
  expect(await read('rampart_queue_dead_letters{queue="alert"}')).toBe(0)
  for (const name of ['jobs_waiting', 'jobs_active', 'late_seconds']) {
    expect(await read(`rampart_queue_${name}{queue="key-expiry"}`), name).toBe(0)
  }
})

test('what no seal covers is counted, and its age', async () => {
  expect(await read('rampart_audit_events_unsealed')).toBe(0)
  expect(await read('rampart_audit_unsealed_age_seconds')).toBe(0)
})

test('while Postgres does not answer nothing is said of what is in it, and everything else is', async () => {
  expect(await read('rampart_queue_jobs_waiting{queue="mail"}')).toBe(0)
  await database.owner.run('REVOKE EXECUTE ON FUNCTION jobs.count_queues() FROM rampart_worker')
  const gone = worker.services.metrics.meter
  await expect.poll(() => gone.read(), { timeout: 10_000 }).not.toContain('waiting{queue="mail"}')
  expect(await read('rampart_jobs_total{queue="mail",result="done"}')).toBe(0)
})
