import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { burstSize, burstThroughOutage } from '../../test/burst-through-outage.ts'
import { openLog, range, type TestLog } from '../../test/open-log.ts'
import { startCloudWatch } from '../../test/start-cloudwatch.ts'

let cloudWatch: Awaited<ReturnType<typeof startCloudWatch>>
let log: TestLog

beforeEach(async () => {
  cloudWatch = await startCloudWatch()
  for (const [name, value] of Object.entries(cloudWatch.environment)) vi.stubEnv(name, value)
})
afterEach(async () => {
  await log.logger.close()
  await cloudWatch.close()
  vi.unstubAllEnvs()
})

const open = (options: Partial<Parameters<typeof openLog>[0]> = {}) =>
  openLog({ cloudWatch: { region: cloudWatch.region, logGroup: '/rampart/test' }, ...options })

const indexes = () => cloudWatch.events().map(({ message }) => Number(JSON.parse(message).index))
const day = 24 * 60 * 60 * 1_000
const daysAgo = (days: number) => new Date(Date.now() - days * day)

test('a line arrives signed and as it was written, in a group and a stream that were made for it', async () => {
  log = open()
  log.logger.info({ note: 'Grüße 🌍' }, 'event')
  await log.settled()
  const [line] = log.lines()
  expect(cloudWatch.events().map(({ message }) => JSON.parse(message))).toEqual([line])
  expect(cloudWatch.events()[0]?.timestamp).toBe(Date.parse(String(line?.['time'])))
  expect([...cloudWatch.groups]).toEqual(['/rampart/test'])
  expect([...cloudWatch.streams]).toEqual([
    expect.stringMatching(/^\/rampart\/test:rampart-api\/.+\/\d+-[0-9a-f]{8}$/),
  ])
  expect(cloudWatch.problems).toEqual([])
})

test('a group that exists is not made again, which its owner need not allow', async () => {
  cloudWatch.groups.add('/rampart/test')
  log = open()
  log.burst(0, 1)
  await log.settled()
  expect(cloudWatch.calls).toEqual(['PutLogEvents', 'CreateLogStream', 'PutLogEvents'])
  expect(indexes()).toEqual([0])
})

test('with another secret nothing arrives, and what waits is lost at the end', async () => {
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another-one')
  log = open({ closeWithinMs: 300 })
  log.burst(0, 3)
  await vi.waitUntil(() => cloudWatch.calls.length > 0, { timeout: 20_000 })
  await log.logger.close()
  expect(cloudWatch.events()).toEqual([])
  expect(log.counts()).toMatchObject({ shipped: 0, lost: 3, waiting: 0 })
})

test('a burst through throttling and an outage arrives whole, once, in its order', async () => {
  log = open()
  await burstThroughOutage(log, cloudWatch)
  expect(indexes()).toEqual(range(0, burstSize))
  expect(log.counts()).toMatchObject({ shipped: burstSize, lost: 0 })
  expect(cloudWatch.problems).toEqual([])
})

test('what a small buffer cannot hold meanwhile is lost, and counted to the line', async () => {
  log = open({ maxWaitingBytes: 400_000 })
  await burstThroughOutage(log, cloudWatch)
  const { shipped, lost } = log.counts()
  expect(lost).toBeGreaterThan(0)
  expect(indexes()).toHaveLength(shipped)
  expect(new Set(indexes()).size + lost).toBe(burstSize)
})

test('batches are as AWS allows them, in bytes and in events', async () => {
  log = open()
  cloudWatch.fix('cut')
  log.burst(0, 1)
  await vi.waitUntil(() => cloudWatch.calls.length > 0, { timeout: 20_000 })
  // A batch of lines as pino writes them is full by its bytes first.
  for (const index of range(1, 12_000)) log.shipping.write(`{"index":${index}}\n`)
  for (const index of range(0, 500)) log.logger.info({ index, text: 'ü'.repeat(3_900) })
  await sleep(1_000)
  cloudWatch.fix('take')
  await log.settled()
  expect(cloudWatch.problems).toEqual([])
  expect(Math.max(...cloudWatch.batches.map(({ events }) => events.length))).toBe(10_000)
  expect(cloudWatch.events()).toHaveLength(12_500)
})

test('what did not fit into a batch goes at once, and waits for no others', async () => {
  log = open({ lingerMs: 3_000 })
  cloudWatch.fix('take')
  const begun = performance.now()
  for (const index of range(0, 800)) log.logger.info({ index, text: 'x'.repeat(4_000) })
  await log.settled()
  expect(performance.now() - begun).toBeLessThan(6_000)
  expect(cloudWatch.batches.length).toBeGreaterThan(3)
})

test('events are in the order of their time, and a day apart at most within a batch', async () => {
  log = open({ lingerMs: 500 })
  const times = [daysAgo(0), daysAgo(3), daysAgo(1.5), daysAgo(2.9), daysAgo(0.2)]
  for (const [index, time] of times.entries()) log.logger.info({ index, time: time.toISOString() })
  await log.settled()
  expect(cloudWatch.problems).toEqual([])
  expect(cloudWatch.batches.map(({ events }) => events.length)).toEqual([2, 1, 2])
  expect(indexes()).toEqual([1, 3, 2, 4, 0])
})

test('events that are too old, or past their time in the group, are lost and counted', async () => {
  log = open({ lingerMs: 500, quietMs: 300 })
  cloudWatch.reject({
    tooOldLogEventEndIndex: 2,
    expiredLogEventEndIndex: 3,
    tooNewLogEventStartIndex: 9,
  })
  log.burst(0, 10)
  await log.settled()
  expect(log.counts()).toMatchObject({ shipped: 6, lost: 4 })
})

test('a line that is longer than an event is cut at a character', async () => {
  log = open()
  log.shipping.write(`{"time":"${new Date().toISOString()}","text":"${'🌍'.repeat(300_000)}"}\n`)
  await log.settled()
  const [event] = cloudWatch.events()
  expect(Buffer.byteLength(event?.message ?? '')).toBeGreaterThan(1_048_576 - 26 - 4)
  expect(event?.message).not.toContain('\ufffd')
  expect(cloudWatch.problems).toEqual([])
})
