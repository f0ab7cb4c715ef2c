import { expect, test, vi } from 'vitest'
import { useJobs } from '../test/use-jobs.ts'
import { RetryLater } from './job-handler.ts'

const jobs = useJobs()
const patient = { timeout: 60_000 }
vi.setConfig({ testTimeout: 90_000 })

/** A queue whose attempts end as these say, in turn; then they succeed. */
async function startWith(...endings: readonly Error[]) {
  const left = [...endings]
  const attempts: number[] = []
  await jobs.start({
    handlers: [
      {
        queue: 'alert-webhook',
        async run({ attempt }) {
          attempts.push(attempt)
          const ending = left.shift()
          if (ending) throw ending
        },
      },
    ],
  })
  return attempts
}

/** How long the job waits for its next attempt, in seconds, once it has failed so often. */
async function waitOf(retryCount: number): Promise<number> {
  let wait = Number.NaN
  const read = async () => {
    const [row] = await jobs.owner.run(
      `SELECT extract(epoch FROM start_after - now())::float AS wait FROM pgboss.job
        WHERE name = 'alert-webhook' AND state = 'retry' AND retry_count = $1`,
      [retryCount],
    )
    wait = Number(row?.['wait'] ?? Number.NaN)
    return wait
  }
  await expect.poll(read, { interval: 20, ...patient }).not.toBeNaN()
  return wait
}

const endWait = () =>
  jobs.owner.run(`UPDATE pgboss.job SET start_after = now() WHERE name = 'alert-webhook'`)

test('who asks to be left alone for a while is, that once', async () => {
  const busy = new RetryLater('busy', { retryAfterSeconds: 3_600 })
  const attempts = await startWith(busy, new Error('down'))
  await jobs.add('alert-webhook', {})
  const asked = await waitOf(0)
  expect(asked).toBeGreaterThan(3_500)
  expect(asked).toBeLessThanOrEqual(3_600)
  await endWait()
  expect(await waitOf(1)).toBeLessThanOrEqual(4)
  await expect.poll(() => attempts.length, patient).toBe(3)
})

test('a wait that is shorter than that of the queue changes nothing', async () => {
  const attempts = await startWith(new RetryLater('busy', { retryAfterSeconds: 0.2 }))
  await jobs.add('alert-webhook', {})
  expect(await waitOf(0)).toBeGreaterThan(0)
  await expect.poll(() => attempts.length, patient).toBe(2)
})
