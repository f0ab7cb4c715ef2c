import { startReceiver } from '@repo/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { burstSize, burstThroughOutage } from '../../test/burst-through-outage.ts'
import { hidden, openLog, range, type TestLog } from '../../test/open-log.ts'
import { type Document, startElasticsearch } from '../../test/start-elasticsearch.ts'

const authorization = 'ApiKey dGVzdDprZXk='

let elasticsearch: Awaited<ReturnType<typeof startElasticsearch>>
let log: TestLog

beforeEach(async () => {
  elasticsearch = await startElasticsearch(authorization)
})
afterEach(async () => {
  await log.logger.close()
  await elasticsearch.close()
})

const open = (options: Partial<Parameters<typeof openLog>[0]> = {}, header = authorization) =>
  openLog({
    elasticsearch: { url: elasticsearch.url, authorization: hidden(header) },
    ...options,
  })

const indexOf = (document: Document) => Number(document['labels.index'])
const indexes = () => elasticsearch.documents().map(indexOf)

test('a line arrives as a document of its own, in the data stream of its environment', async () => {
  log = open()
  log.logger.info({ index: 1 }, 'Grüße 🌍')
  await log.settled()
  const [line] = log.lines()
  expect(elasticsearch.documents()).toEqual([
    expect.objectContaining({ '@timestamp': line?.['time'], message: 'Grüße 🌍' }),
  ])
  expect(elasticsearch.problems).toEqual([])
})

test('a burst through throttling and an outage is stored whole, each line once', async () => {
  log = open()
  await burstThroughOutage(log, elasticsearch)
  expect(indexes()).toEqual(range(0, burstSize))
  expect(log.counts()).toMatchObject({ shipped: burstSize, lost: 0 })
  expect(elasticsearch.problems).toEqual([])
})

test('what a small buffer cannot hold meanwhile is lost, and counted to the line', async () => {
  log = open({ maxWaitingBytes: 400_000 })
  await burstThroughOutage(log, elasticsearch)
  const { shipped, lost } = log.counts()
  expect(lost).toBeGreaterThan(0)
  expect(indexes()).toHaveLength(shipped)
  expect(shipped + lost).toBe(burstSize)
})

test('lines whose answer was lost are sent again, and stored once', async () => {
  log = open()
  elasticsearch.fix('cut after')
  log.burst(0, 2_000)
  await vi.waitUntil(() => elasticsearch.stored.size > 0, { timeout: 20_000 })
  elasticsearch.fix('take')
  await log.settled()
  expect(elasticsearch.bulks.reduce((sum, items) => sum + items)).toBeGreaterThan(2_000)
  expect(indexes()).toEqual(range(0, 2_000))
  expect(log.counts()).toMatchObject({ shipped: 2_000, lost: 0 })
})

test('of a batch the items that find no room are sent again alone', async () => {
  log = open()
  const refused = new Set<number>()
  elasticsearch.fix('take')
  elasticsearch.judge((document) => {
    const index = indexOf(document)
    if (index % 10 !== 0 || refused.has(index)) return null
    refused.add(index)
    return { status: 429, type: 'es_rejected_execution_exception' }
  })
  log.burst(0, 100)
  await log.settled()
  expect(elasticsearch.bulks).toEqual([100, 10])
  expect(indexes().toSorted((one, other) => one - other)).toEqual(range(0, 100))
})

test('items that the mapping refuses are lost and counted, and hold nothing up', async () => {
  log = open()
  elasticsearch.judge((document) =>
    indexOf(document) % 10 === 3 ? { status: 400, type: 'document_parsing_exception' } : null,
  )
  log.burst(0, 100)
  await log.settled()
  expect(log.counts()).toMatchObject({ shipped: 90, lost: 10 })
  expect(indexes()).toHaveLength(90)
  await log.logger.close()
  expect(log.lines()).toContainEqual(
    expect.objectContaining({ destination: 'elasticsearch', reason: 'document_parsing_exception' }),
  )
})

test('a batch that is too large is halved until it is none', async () => {
  log = open()
  elasticsearch.fix('take')
  elasticsearch.limit(30)
  log.burst(0, 100)
  await log.settled()
  expect(elasticsearch.bulks).toEqual([100, 50, 25, 25, 50, 25, 25])
  expect(indexes()).toEqual(range(0, 100))
})

test.each([
  ['a line that is too large by itself', 413],
  ['a batch that it cannot read', 400],
])('%s is lost and counted', async (_, status) => {
  log = open()
  elasticsearch.refuse(status)
  log.burst(0, 4)
  await log.settled()
  expect(log.counts()).toMatchObject({ shipped: 0, lost: 4 })
})

test('an answer that speaks of no item is no success: lines wait', async () => {
  log = open()
  elasticsearch.refuse(200)
  log.burst(0, 10)
  await vi.waitUntil(() => elasticsearch.bulks.length > 1, { timeout: 20_000 })
  expect(log.counts()).toMatchObject({ shipped: 0, lost: 0, waiting: 10 })
  elasticsearch.refuse(null)
  elasticsearch.fix('take')
  await log.settled()
  expect(log.counts()).toMatchObject({ shipped: 10, lost: 0 })
})

test('a redirect is not followed: who is named gets the lines, and the key', async () => {
  const other = await startElasticsearch(authorization)
  const first = await startReceiver({
    answer: (response, { path }) =>
      response.writeHead(307, { location: new URL(path, other.url).href }).end(),
  })
  const url = `http://127.0.0.1:${first.port}`
  log = open({
    elasticsearch: { url, authorization: hidden(authorization) },
    closeWithinMs: 300,
  })
  log.burst(0, 3)
  await vi.waitUntil(() => first.received.length > 1, { timeout: 20_000 })
  await log.logger.close()
  expect(other.bulks).toEqual([])
  expect(log.counts()).toMatchObject({ shipped: 0, lost: 3 })
  await Promise.all([first.close(), other.close()])
})

test('another key is refused: lines wait, which a new right may still let in', async () => {
  log = open({ closeWithinMs: 300 }, 'ApiKey another')
  log.burst(0, 3)
  await vi.waitUntil(() => elasticsearch.bulks.length > 0, { timeout: 20_000 })
  expect(log.counts()).toMatchObject({ shipped: 0, lost: 0, waiting: 3 })
  await log.logger.close()
  expect(log.counts()).toMatchObject({ shipped: 0, lost: 3, waiting: 0 })
  expect(elasticsearch.documents()).toEqual([])
})
