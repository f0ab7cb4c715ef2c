import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSql } from '@repo/testing'
import { expect, test, vi } from 'vitest'
import { useJobs } from '../test/use-jobs.ts'
import { type Job, type JobHandler, PermanentFailure } from './job-handler.ts'
import { addJob } from './job-sender.ts'
import { queues } from './queues.ts'

const jobs = useJobs()
const patient = { timeout: 60_000 }
vi.setConfig({ testTimeout: 90_000 })

test('a job is begun as soon as the transaction that added it commits', async () => {
  const begun: unknown[] = []
  const { lines } = await jobs.start({
    handlers: [{ queue: 'mail', run: async ({ data }) => void begun.push(data) }],
  })
  const waits: number[] = []
  for (let index = 0; index < 5; index += 1) {
    // It has looked for a next one, found none, and waits.
    await sleep(100)
    const addedAt = performance.now()
    await jobs.add('mail', { index })
    await expect.poll(() => begun.length, { interval: 1, ...patient }).toBe(index + 1)
    waits.push(performance.now() - addedAt)
  }
  expect(begun).toEqual([0, 1, 2, 3, 4].map((index) => ({ index })))
  // Looking every second would find it after 0.9 of one.
  expect(waits.toSorted((a, b) => a - b)[2]).toBeLessThan(450)
  expect(lines).toEqual([])
})

test('whoever listens is told of a job, and of none of a group', async () => {
  const channel = `SELECT 'pgboss_' || left(encode(sha224('pgboss'), 'hex'), 24) AS channel`
  const [row] = await jobs.owner.run(channel)
  const told = await jobs.owner.listen(String(row?.['channel']))
  await jobs.owner.run(`SELECT jobs.add('webhook-delivery', '{}', of_group => 'a')`)
  await jobs.add('mail', {})
  await expect.poll(() => told, patient).toEqual(['mail'])
})

test('what has a higher priority is begun before what waits longer', async () => {
  for (const priority of [-2, -1, 0]) {
    const add = `SELECT jobs.add('mail', $1, priority => $2)`
    await jobs.owner.run(add, [{ priority }, priority])
  }
  const begun: unknown[] = []
  await jobs.start({
    handlers: [{ queue: 'mail', run: async ({ data }) => void begun.push(data) }],
  })
  await expect
    .poll(() => begun, patient)
    .toEqual([{ priority: 0 }, { priority: -1 }, { priority: -2 }])
})

test('of one group a worker does only so many at once, however many could be', async () => {
  const { promise: hold, resolve: letGo } = Promise.withResolvers<void>()
  const begun: string[] = []
  await jobs.owner.run(
    `SELECT jobs.add('mail', '{"of": "a"}', of_group => 'a') FROM generate_series(1, 20)`,
  )
  await jobs.start({
    handlers: [
      {
        ...({ queue: 'mail', concurrency: 10, concurrencyOfGroup: 3 } as const),
        async run({ data }) {
          begun.push(JSON.stringify(data))
          await hold
        },
      },
    ],
  })
  await expect.poll(() => begun.length, patient).toBe(3)
  await jobs.owner.run(`SELECT jobs.add('mail', '{"of": "b"}', of_group => 'b')`)
  await expect.poll(() => begun, patient).toContain('{"of":"b"}')
  expect(begun).toHaveLength(4)
  letGo()
  await expect.poll(() => begun.length, patient).toBe(21)
})

test('two workers share the jobs: each is done once', async () => {
  const done: [who: string, n: unknown][] = []
  const worker = (who: string) =>
    jobs.start({
      handlers: [
        {
          queue: 'mail',
          concurrency: 2,
          async run({ data }) {
            done.push([who, data])
            await sleep(5)
          },
        },
      ],
    })
  await Promise.all([worker('a'), worker('b')])
  await jobs.owner.run(
    `SELECT jobs.add('mail', jsonb_build_object('n', n)) FROM generate_series(1, 60) n`,
  )
  await expect.poll(() => done.length, patient).toBe(60)
  await expect.poll(() => countOpen('mail'), patient).toBe(0)
  expect(new Set(done.map(([, data]) => JSON.stringify(data))).size).toBe(60)
  expect(done).toHaveLength(60)
  expect(new Set(done.map(([who]) => who))).toEqual(new Set(['a', 'b']))
})

test('what fails is tried again under the same id, and is told without its data', async () => {
  const attempts: Job[] = []
  const { lines } = await jobs.start({
    handlers: [
      {
        queue: 'mail',
        async run(job) {
          attempts.push(job)
          if (job.attempt === 1) throw Object.assign(new Error('down'), { code: 'EDOWN' })
        },
      },
    ],
  })
  const id = await jobs.add('mail', { secret: 's3cr3t' })
  await expect.poll(() => attempts.length, patient).toBe(2)
  await expect.poll(() => countOpen('mail'), patient).toBe(0)
  expect(attempts).toMatchObject([
    { id, attempt: 1 },
    { id, attempt: 2 },
  ])
  expect(lines).toMatchObject([
    { message: 'a job failed', queue: 'mail', jobId: id, attempt: 1, willRetry: true },
  ])
  expect(JSON.stringify(lines)).not.toContain('s3cr3t')
})

test('a permanent failure is a dead letter at once: told as an error by one of two workers, and kept', async () => {
  const attempts: unknown[] = []
  const start = () =>
    jobs.start({
      handlers: [
        {
          queue: 'mail',
          async run({ id }) {
            attempts.push(id)
            throw new PermanentFailure('550 s3cr3t is unknown here')
          },
        },
      ],
    })
  const [one, other] = await Promise.all([start(), start()])
  const id = await jobs.add('mail', { to: 'x' })
  const told = () =>
    [...one.lines, ...other.lines].filter(({ message }) => message === 'a job was given up')
  await expect.poll(told, patient).toMatchObject([{ jobId: id, queue: 'mail', attempts: 1 }])
  // Long enough for the other one to have looked too.
  await sleep(1_500)
  expect(told()).toHaveLength(1)
  expect(attempts).toEqual([id])
  expect(await jobs.jobs('dead-letter')).toMatchObject([{ state: 'created', data: { to: 'x' } }])
  expect(JSON.stringify(await jobs.jobs('mail'))).not.toContain('s3cr3t')
})

test('a job that fails every time is a dead letter after its last retry', async () => {
  const policy = { ...queues.mail, retries: 1 }
  const { lines } = await jobs.start({
    queues: { mail: policy },
    handlers: [{ queue: 'mail', run: () => Promise.reject(new Error('down')) }],
  })
  const id = await jobs.add('mail', {})
  await expect
    .poll(() => lines.at(-1), patient)
    .toMatchObject({ message: 'a job was given up', jobId: id, attempts: 2 })
})

test('effects in the database and the end of their job are one: a failure undoes them, and nothing is done twice', async () => {
  await jobs.owner.run('CREATE TABLE effects (job_id uuid, attempt int)')
  await jobs.owner.run('GRANT SELECT, INSERT ON effects TO rampart_worker')
  await jobs.start({
    handlers: [
      {
        queue: 'clean-up',
        async runInTransaction({ id, attempt }, transaction) {
          await transaction.query('INSERT INTO effects VALUES ($1, $2)', [id, attempt])
          await addJob(transaction, { queue: 'mail', data: { attempt } })
          if (attempt === 1) throw new Error('half done')
        },
      },
    ],
    queues: { 'clean-up': { ...queues['clean-up'], retrySeconds: 1 } },
  })
  const id = await jobs.add('clean-up', {})
  await expect.poll(() => jobs.jobs('mail'), patient).toMatchObject([{ data: { attempt: 2 } }])
  expect(await jobs.owner.run('SELECT * FROM effects')).toEqual([{ job_id: id, attempt: 2 }])
  expect(await jobs.jobs('clean-up')).toMatchObject([{ id, state: 'completed' }])
  await jobs.owner.run('DROP TABLE effects')
})

test('a worker that stops takes nothing new and lets what runs end; what waits is for the next one', async () => {
  const begun: unknown[] = []
  const ended: unknown[] = []
  const { promise: hold, resolve: letGo } = Promise.withResolvers<void>()
  const handlers: readonly JobHandler[] = [
    {
      queue: 'mail',
      async run({ id }) {
        begun.push(id)
        await hold
        ended.push(id)
      },
    },
  ]
  const { stop } = await jobs.start({ handlers })
  const first = await jobs.add('mail', {})
  await expect.poll(() => begun, patient).toEqual([first])
  const stopping = stop(30)
  const second = await jobs.add('mail', {})
  // Long enough for a worker that waits for nothing to give it up.
  await sleep(1_000)
  letGo()
  await stopping
  expect(ended).toEqual([first])
  expect(await jobs.jobs('mail')).toMatchObject([
    { id: first, state: 'completed' },
    { id: second, state: 'created' },
  ])
  await jobs.start({ handlers })
  await expect.poll(() => ended, patient).toEqual([first, second])
})

test('what does not end in time is given back, its signal aborted, and done by the next worker', async () => {
  const begun: unknown[] = []
  const aborted: unknown[] = []
  const { stop } = await jobs.start({
    handlers: [
      {
        queue: 'mail',
        async run({ id }, signal) {
          begun.push(id)
          await once(signal, 'abort')
          aborted.push(id)
        },
      },
    ],
  })
  const id = await jobs.add('mail', {})
  await expect.poll(() => begun, patient).toEqual([id])
  await stop(1)
  expect(aborted).toEqual([id])
  const done: unknown[] = []
  await jobs.start({ handlers: [{ queue: 'mail', run: async (job) => void done.push(job.id) }] })
  await expect.poll(() => done, patient).toEqual([id])
})

test('without LISTEN jobs are found too', async () => {
  const done: unknown[] = []
  await jobs.start({
    pooler: 'transaction',
    handlers: [{ queue: 'mail', run: async ({ id }) => void done.push(id) }],
  })
  const id = await jobs.add('mail', {})
  await expect.poll(() => done, patient).toEqual([id])
})

test('a worker whose connections are cut, all of them, goes on', async () => {
  const done: unknown[] = []
  const { lines } = await jobs.start({
    handlers: [{ queue: 'mail', run: async ({ id }) => void done.push(id) }],
  })
  const first = await jobs.add('mail', {})
  await expect.poll(() => done, patient).toEqual([first])
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'rampart_worker'`
  const admin = openSql(jobs.urls.adminUrl)
  expect((await admin.run(cut)).length).toBeGreaterThan(1)
  await admin.close()
  const second = await jobs.add('mail', {})
  await expect.poll(() => done, patient).toEqual([first, second])
  expect(lines.map(({ message }) => message)).toContain('the jobs have a problem')
})

test('what is done is deleted with its data a little later', async () => {
  await jobs.start({
    queues: { mail: { ...queues.mail, keepDoneSeconds: 1 } },
    handlers: [{ queue: 'mail', run: async () => {} }],
  })
  await jobs.add('mail', { text: 'x' })
  const forget = async () => {
    await jobs.owner.run(`UPDATE pgboss.queue SET maintain_on = NULL WHERE name = 'mail'`)
    return jobs.jobs('mail')
  }
  await expect.poll(forget, { interval: 500, ...patient }).toEqual([])
})

async function countOpen(queue: string): Promise<number> {
  return (await jobs.jobs(queue)).filter(({ state }) => state !== 'completed').length
}
