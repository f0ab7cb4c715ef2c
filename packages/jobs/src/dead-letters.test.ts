import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { type LogLine, useJobs } from '../test/use-jobs.ts'
import { tellDeadLetters } from './dead-letters.ts'
import { type JobHandler, PermanentFailure } from './job-handler.ts'
import { openBoss } from './open-boss.ts'
import { requeueDeadLetters } from './requeue-dead-letters.ts'

const jobs = useJobs()
const patient = { timeout: 60_000 }
vi.setConfig({ testTimeout: 90_000 })

const refuse: JobHandler = {
  queue: 'mail',
  run: () => Promise.reject(new PermanentFailure('no')),
}
const given = ({ message }: LogLine) => message === 'a job was given up'
const requeue = (queue?: 'mail' | 'alert-slack') =>
  requeueDeadLetters({ url: jobs.urls.workerUrl, pooler: 'none', queue })

test('a dead letter that could not be logged is told later, and is not lost', async () => {
  const lines: LogLine[] = []
  let isBroken = true
  const write = (fields: object, message: string) => lines.push({ ...fields, message })
  const error = (fields: object, message: string) => {
    if (given({ message }) && isBroken) throw new Error('The log is gone.')
    write(fields, message)
  }
  await jobs.start({ handlers: [refuse], log: { info: write, warn: write, error } })
  const id = await jobs.add('mail', {})
  const failed = () =>
    lines.some(({ message }) => message === 'dead letters could not be looked for')
  await expect.poll(failed, patient).toBe(true)
  isBroken = false
  await expect.poll(() => lines.find(given), patient).toMatchObject({ jobId: id, queue: 'mail' })
  // Told is told: the next looks find nothing.
  await sleep(2_500)
  expect(lines.filter(given)).toHaveLength(1)
})

test('of two workers that look at once one tells', async () => {
  await jobs.owner.run(`SELECT jobs.add('dead-letter', '{}') FROM generate_series(1, 3)`)
  await jobs.owner.run(`CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql
                        AS 'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END'`)
  await jobs.owner.run(`CREATE TRIGGER wait AFTER UPDATE ON pgboss.job_common
                        FOR EACH STATEMENT EXECUTE FUNCTION public.wait()`)
  const settings = { maxConnections: 2, schedule: false, superviseSeconds: 60 }
  const options = { ...settings, url: jobs.urls.workerUrl, pooler: 'none' } as const
  const bosses = [openBoss(options), openBoss(options)]
  for (const boss of bosses) await boss.start()
  const told: unknown[] = []
  await Promise.all(bosses.map((boss) => tellDeadLetters(boss, (letter) => told.push(letter))))
  for (const boss of bosses) await boss.stop({ graceful: false })
  await jobs.owner.run('DROP FUNCTION public.wait() CASCADE')
  expect(told).toHaveLength(3)
})

test('what was given up is done anew once it is asked for: once each, under its id, with its data', async () => {
  const { stop, lines } = await jobs.start({ handlers: [refuse] })
  const ids = [await jobs.add('mail', { n: 1 }), await jobs.add('mail', { n: 2 })]
  await expect.poll(() => lines.filter(given).length, patient).toBe(2)
  await stop(1)
  expect(await requeue('alert-slack')).toBe(0)
  const moved = await Promise.all([requeue('mail'), requeue('mail')])
  expect(moved.reduce((sum, one) => sum + one)).toBe(2)
  expect(await jobs.jobs('dead-letter')).toEqual([])
  const done: unknown[] = []
  await jobs.start({
    handlers: [{ queue: 'mail', run: async ({ id, data }) => void done.push([id, data]) }],
  })
  await expect.poll(() => done.length, patient).toBe(2)
  expect(done.toSorted()).toEqual(ids.map((id, index) => [id, { n: index + 1 }]).toSorted())
  expect(await requeue()).toBe(0)
})

test('what is given up a second time is a dead letter again, told again, and keeps its id', async () => {
  const { lines } = await jobs.start({ handlers: [refuse] })
  await jobs.add('mail', {})
  await expect.poll(() => lines.filter(given).length, patient).toBe(1)
  expect(await requeue()).toBe(1)
  await expect.poll(() => lines.filter(given).length, patient).toBe(2)
  expect(await jobs.jobs('dead-letter')).toHaveLength(1)
})
