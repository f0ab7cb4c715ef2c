import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWorkQueue } from './work-queue.ts'

/** Tasks that end when they are told to, counted while they run. */
function createTasks() {
  const ends: (() => void)[] = []
  let running = 0
  async function task(): Promise<string> {
    running += 1
    await new Promise<void>((resolve) => ends.push(resolve))
    running -= 1
    return 'done'
  }
  return { task, endNext: () => ends.shift()?.(), running: () => running }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('no more run at once than may, and each waits its turn', async () => {
  const { task, endNext, running } = createTasks()
  const run = createWorkQueue({ concurrency: 2, maxWaiting: 10, maxWaitingOfOneLane: 10 })
  const results = Promise.all(Array.from({ length: 5 }, () => run(task)))
  const seen: number[] = []
  for (let ended = 0; ended < 5; ended += 1) {
    await settle()
    seen.push(running())
    endNext()
  }
  expect(await results).toEqual(Array(5).fill('done'))
  expect(seen).toEqual([2, 2, 2, 2, 1])
})

test('tasks run in the order they came', async () => {
  const run = createWorkQueue({ concurrency: 1, maxWaiting: 10, maxWaitingOfOneLane: 10 })
  const order: number[] = []
  await Promise.all([1, 2, 3, 4].map((number) => run(async () => void order.push(number))))
  expect(order).toEqual([1, 2, 3, 4])
})

test('past the queue’s length a task is refused with overloaded, and others are not', async () => {
  const { task, endNext } = createTasks()
  const run = createWorkQueue({ concurrency: 1, maxWaiting: 1, maxWaitingOfOneLane: 1 })
  const [first, second] = [run(task), run(task)]
  await expect(run(task)).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 })
  endNext()
  await settle()
  const third = run(task)
  await settle()
  endNext()
  await settle()
  endNext()
  expect(await Promise.all([first, second, third])).toEqual(['done', 'done', 'done'])
})

test('a task that fails gives its place to the next', async () => {
  const run = createWorkQueue({ concurrency: 1, maxWaiting: 1, maxWaitingOfOneLane: 1 })
  const failing = run(async () => {
    throw new Error('failed')
  })
  const next = run(async () => 'done')
  await expect(failing).rejects.toThrow('failed')
  expect(await next).toBe('done')
  expect(await run(async () => 'again')).toBe('again')
})

const overloaded = { code: 'overloaded', retryAfterSeconds: 1 }

describe('of four places that may wait, two are one lane’s', () => {
  let tasks: ReturnType<typeof createTasks>
  let run: ReturnType<typeof createWorkQueue>
  let started: Promise<string>[]

  beforeEach(() => {
    tasks = createTasks()
    run = createWorkQueue({ concurrency: 1, maxWaiting: 4, maxWaitingOfOneLane: 2 })
    started = ['busy', 'busy', 'busy'].map((lane) => run(tasks.task, lane))
  })
  afterEach(async () => {
    for (const _ of started) {
      await settle()
      tasks.endNext()
    }
    expect(await Promise.all(started)).toEqual(started.map(() => 'done'))
  })

  test('its next is refused, and other lanes still get in', async () => {
    await expect(run(tasks.task, 'busy')).rejects.toMatchObject(overloaded)
    started.push(run(tasks.task, 'quiet'), run(tasks.task, 'calm'))
    await expect(run(tasks.task, 'late')).rejects.toMatchObject(overloaded)
  })

  test('what names no lane is bound by the queue’s length alone', async () => {
    started.push(run(tasks.task), run(tasks.task))
    await expect(run(tasks.task)).rejects.toMatchObject(overloaded)
  })

  test('a place that is free again is the lane’s to take', async () => {
    await expect(run(tasks.task, 'busy')).rejects.toMatchObject(overloaded)
    await settle()
    tasks.endNext()
    await settle()
    started.push(run(tasks.task, 'busy'))
    await expect(run(tasks.task, 'busy')).rejects.toMatchObject(overloaded)
  })
})
