import { expect, test } from 'vitest'
import { useJobs } from '../test/use-jobs.ts'
import { measureQueues } from './measure-queues.ts'
import { openWorkerDatabase } from './open-worker-database.ts'
import { queues } from './queues.ts'

const jobs = useJobs()

async function measure() {
  const database = await openWorkerDatabase({ url: jobs.urls.workerUrl })
  const measured = await measureQueues(database)
  await database.close()
  return new Map(measured.map(({ queue, ...rest }) => [queue, rest]))
}

test('every queue is measured, but the one of dead letters, which are of the queues they come from', async () => {
  const names = Object.keys(queues).filter((name) => name !== 'dead-letter')
  const nothing = { waiting: 0, active: 0, lateSeconds: 0, givenUp: 0 }
  expect(await measure()).toEqual(new Map(names.map((name) => [name, nothing])))
})

test('what waits counts, for a retry too, and what is due says how late the queue is', async () => {
  await jobs.owner.run(`INSERT INTO pgboss.job_common (name, state, start_after, source_name) VALUES
    ('mail', 'created', now() - interval '1 hour', NULL), ('mail', 'retry', now() + interval '1 hour', NULL),
    ('mail', 'active', now() - interval '2 hours', NULL), ('mail', 'completed', now() - interval '1 day', NULL),
    ('alert', 'created', now() + interval '1 hour', NULL),
    ('dead-letter', 'created', now(), 'mail'), ('dead-letter', 'completed', now(), 'mail')`)
  const measured = await measure()
  expect(measured.get('mail')).toEqual({
    ...{ waiting: 2, active: 1, givenUp: 1 },
    lateSeconds: expect.closeTo(3_600, -2),
  })
  expect(measured.get('alert')).toEqual({ waiting: 1, active: 0, lateSeconds: 0, givenUp: 0 })
})

test('what there is too much of is not counted to its end, and is late all the same', async () => {
  await jobs.owner.run(`INSERT INTO pgboss.job_common (name, state, start_after, source_name)
    SELECT name, 'created', now() - make_interval(secs => number), source
      FROM generate_series(1, 10001) number, (VALUES ('mail', NULL), ('dead-letter', 'mail')) job(name, source)`)
  expect((await measure()).get('mail')).toEqual({
    ...{ waiting: 10_000, active: 0, givenUp: 10_000 },
    lateSeconds: expect.closeTo(10_001, -2),
  })
})
