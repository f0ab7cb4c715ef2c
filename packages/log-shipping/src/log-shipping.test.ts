import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createLogger, type Logger } from '@repo/logging'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hidden, openLog, type TestLog } from '../test/open-log.ts'
import { startElasticsearch } from '../test/start-elasticsearch.ts'
import { startOtlp } from '../test/start-otlp.ts'
import { openLogShipping } from './log-shipping.ts'

const nowhere = { cloudWatch: null, elasticsearch: null, otlp: null }
const names = { service: 'rampart-api', environment: 'test' }

let elasticsearch: Awaited<ReturnType<typeof startElasticsearch>>
let otlp: Awaited<ReturnType<typeof startOtlp>>
let log: TestLog

beforeEach(async () => {
  elasticsearch = await startElasticsearch('ApiKey key')
  otlp = await startOtlp({})
  elasticsearch.fix('take')
  otlp.fix('take')
})
afterEach(async () => {
  await log?.logger.close()
  await Promise.all([elasticsearch.close(), otlp.close()])
})

const toElasticsearch = () => ({
  elasticsearch: { url: elasticsearch.url, authorization: hidden('ApiKey key') },
})
const toOtlp = () => ({ otlp: { url: otlp.url, headers: {} } })
const aboutShipping = () =>
  log
    .lines()
    .filter(({ destination }) => destination !== undefined)
    .map(({ level, msg, reason, lost }) => ({ level, msg, reason, lost }))
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000 })

it('is nothing without a destination', () => {
  expect(openLogShipping({ ...names, ...nowhere })).toBeNull()
})

it('writes each line to the first output before it is shipped, and the same', async () => {
  log = openLog({ ...toElasticsearch(), ...toOtlp() })
  log.logger.error({ err: new Error('broken'), password: 'hunter2' }, 'event')
  expect(log.lines()).toMatchObject([{ msg: 'event', password: '[secret]' }])
  await log.settled()
  expect(elasticsearch.documents()).toMatchObject([
    { message: 'event', 'error.message': 'broken', 'labels.password': '[secret]' },
  ])
  expect(otlp.records).toMatchObject([{ body: { stringValue: 'event' } }])
})

/** How long a call of the logger takes in the middle, in milliseconds. */
function medianCall(logger: Logger): number {
  const took = Array.from({ length: 2_000 }, (_, index) => {
    const begun = performance.now()
    logger.info({ index }, 'event')
    return performance.now() - begun
  })
  return took.toSorted((one, other) => one - other)[1_000] ?? 0
}

it('keeps nobody who logs, whatever becomes of the lines', async () => {
  log = openLog({ ...toElasticsearch(), ...toOtlp(), maxWaitingBytes: 300_000, closeWithinMs: 100 })
  elasticsearch.fix('silence')
  otlp.fix('cut')
  const plain = createLogger({ level: 'info', destination: { write: () => undefined } })
  const ratios: number[] = []
  for (let round = 0; round < 10; round += 1) {
    ratios.push(medianCall(log.logger) / medianCall(plain))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await until(() => log.counts('elasticsearch').lost > 0)
  expect(ratios.toSorted((one, other) => one - other)[5]).toBeLessThan(3)
})

describe('a destination', () => {
  it('that says nothing holds no other', async () => {
    log = openLog({ ...toElasticsearch(), ...toOtlp(), closeWithinMs: 100 })
    elasticsearch.fix('silence')
    log.burst(0, 5_000)
    await until(() => log.counts('otlp').shipped === 5_000)
    expect(log.counts('elasticsearch')).toMatchObject({ shipped: 0, waiting: 5_000 })
    expect(otlp.records).toHaveLength(5_000)
  })

  it('that takes nothing is told of, and when it takes lines again', async () => {
    log = openLog(toElasticsearch())
    elasticsearch.fix('cut')
    log.burst(0, 10)
    await until(() => aboutShipping().length > 0)
    elasticsearch.fix('take')
    await log.settled()
    expect(aboutShipping()).toEqual([
      { level: 'warn', msg: 'a receiver of the log takes no lines', reason: 'UND_ERR_SOCKET' },
      { level: 'info', msg: 'a receiver of the log takes lines again' },
    ])
    expect(elasticsearch.documents()).toHaveLength(10)
  })
})

describe('a buffer', () => {
  it('that is full loses the newest lines, which is said once when it begins and once when it is over', async () => {
    log = openLog({
      ...toElasticsearch(),
      maxWaitingBytes: 10_000,
      quietMs: 500,
      closeWithinMs: 100,
    })
    elasticsearch.fix('silence')
    log.burst(0, 1_000)
    await until(() => aboutShipping().length === 2)
    const { lost, waiting } = log.counts()
    expect(lost + waiting).toBe(1_000)
    expect(waiting).toBeLessThan(110)
    expect(aboutShipping()).toEqual([
      { level: 'warn', msg: 'log lines are being lost on their way', reason: 'no room' },
      { level: 'warn', msg: 'log lines were lost on their way', lost },
    ])
    expect(log.lines()).toHaveLength(1_002)
  })

  it('of a thread that gets no time is bounded too', async () => {
    log = openLog(toElasticsearch())
    for (let index = 0; index < 10_000; index += 1) log.logger.info({ text: 'x'.repeat(1_000) })
    await log.settled()
    const { shipped, lost } = log.counts()
    expect(shipped + lost).toBe(10_000)
    expect(shipped * 1_000).toBeLessThan(4 * 1024 * 1024)
    expect(elasticsearch.documents()).toHaveLength(shipped)
  })
})

describe('the end', () => {
  it('ships what waits, without lingering', async () => {
    log = openLog({ ...toElasticsearch(), lingerMs: 60_000 })
    log.burst(0, 2_500)
    await log.logger.close()
    expect(elasticsearch.documents()).toHaveLength(2_500)
    expect(log.counts()).toMatchObject({ shipped: 2_500, lost: 0 })
  })

  it('waits no longer than it may, and counts and says what is left', async () => {
    log = openLog({ ...toElasticsearch(), ...toOtlp(), closeWithinMs: 700 })
    // The thread is there, which takes longer than that on a busy machine.
    log.burst(0, 1)
    await log.settled()
    elasticsearch.fix('silence')
    log.burst(1, 101)
    const begun = performance.now()
    await log.logger.close()
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(log.counts('elasticsearch')).toMatchObject({ shipped: 1, lost: 100, waiting: 0 })
    expect(log.counts('otlp')).toMatchObject({ shipped: 101, lost: 0, waiting: 0 })
    expect(aboutShipping()).toContainEqual(expect.objectContaining({ lost: 100 }))
  })

  it('loses what comes after it, but not on the first output', async () => {
    log = openLog(toElasticsearch())
    log.burst(0, 1)
    await log.logger.close()
    log.burst(1, 2)
    expect(log.counts()).toMatchObject({ shipped: 1, lost: 1 })
    expect(log.lines()).toContainEqual(expect.objectContaining({ index: 1 }))
    expect(aboutShipping()).toEqual([])
  })

  it('waits for no thread that has died, and says what that held', async () => {
    log = openLog({ ...toElasticsearch(), maxWaitingBytes: 1e9, maxHeapMb: 24, quietMs: 60_000 })
    log.burst(0, 1)
    await log.settled()
    elasticsearch.fix('silence')
    while (aboutShipping().length === 0) {
      for (let line = 0; line < 200; line += 1) log.logger.info({ text: 'x'.repeat(3_000) })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const died = performance.now()
    await log.logger.close()
    expect(performance.now() - died).toBeLessThan(2_000)
    expect(log.counts()).toMatchObject({ shipped: 1, waiting: 0 })
    expect(aboutShipping()).toContainEqual(expect.objectContaining({ lost: log.counts().lost }))
  })

  it('of a process that has nothing else to do is not put off', async () => {
    const program = `
      import { createLogger } from ${JSON.stringify(import.meta.resolve('@repo/logging'))}
      import { openLogShipping } from ${JSON.stringify(new URL('./log-shipping.ts', import.meta.url).href)}
      const shipping = openLogShipping({ service: 'x', environment: 'test', cloudWatch: null,
        elasticsearch: { url: ${JSON.stringify(elasticsearch.url)}, authorization: null }, otlp: null })
      createLogger({ level: 'info', shipping }).info('event')
    `
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program])
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

it('outlives its thread: what that held is lost and counted, what follows is shipped', async () => {
  log = openLog({ ...toElasticsearch(), maxWaitingBytes: 1e9, maxHeapMb: 24, quietMs: 500 })
  log.burst(0, 1)
  await log.settled()
  elasticsearch.fix('silence')
  while (aboutShipping().length === 0) {
    for (let line = 0; line < 200; line += 1) log.logger.info({ text: 'x'.repeat(3_000) })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  elasticsearch.fix('take')
  await until(() => log.counts().waiting === 0)
  log.burst(1, 10)
  await until(() => elasticsearch.documents().some((one) => one['labels.index'] === '9'))
  await log.settled()
  const { shipped, lost } = log.counts()
  expect(elasticsearch.documents()).toHaveLength(shipped)
  expect(shipped + lost).toBe(log.lines().filter(({ msg }) => msg === '' || msg === 'event').length)
  expect(aboutShipping()[0]).toMatchObject({ reason: 'ERR_WORKER_OUT_OF_MEMORY' })
})
