import { afterEach, beforeEach, expect, test } from 'vitest'
import { burstSize, burstThroughOutage } from '../../test/burst-through-outage.ts'
import { hidden, openLog, range, type TestLog } from '../../test/open-log.ts'
import { attributeOf, startOtlp } from '../../test/start-otlp.ts'

const headers = { 'x-tenant': 'acme', authorization: 'Bearer t0ken' }

let otlp: Awaited<ReturnType<typeof startOtlp>>
let log: TestLog

beforeEach(async () => {
  otlp = await startOtlp(headers)
})
afterEach(async () => {
  await log.logger.close()
  await otlp.close()
  expect(otlp.problems).toEqual([])
})

const open = (options: Partial<Parameters<typeof openLog>[0]> = {}) =>
  openLog({
    otlp: {
      url: otlp.url,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, hidden(value)]),
      ),
    },
    ...options,
  })

const indexes = () =>
  otlp.records.map(({ attributes }) => Number(attributeOf(attributes, 'rampart.index')))

test('a line arrives as a record, with its resource', async () => {
  log = open()
  log.logger.warn({ index: 1, list: ['a', 2], deep: { inner: true } }, 'Grüße 🌍')
  await log.settled()
  const [record] = otlp.records
  const time = Date.parse(String(log.lines()[0]?.['time']))
  expect(record).toMatchObject({
    timeUnixNano: `${time}000000`,
    severityNumber: 13,
    severityText: 'warn',
    body: { stringValue: 'Grüße 🌍' },
  })
  expect(attributeOf(record?.attributes, 'rampart.list')).toEqual({
    values: [{ stringValue: 'a' }, { intValue: '2' }],
  })
  expect(attributeOf(record?.attributes, 'rampart.deep')).toEqual({
    values: [{ key: 'inner', value: { boolValue: true } }],
  })
  const [resource] = otlp.resources
  expect(attributeOf(resource, 'service.name')).toBe('rampart-api')
  expect(attributeOf(resource, 'deployment.environment.name')).toBe('test')
  expect(attributeOf(resource, 'process.pid')).toBe(String(process.pid))
})

test('a security event of a request, and an error, are records as the conventions name them', async () => {
  log = open()
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const fields = { event: 'authz_fail:u1,orders.get', traceId, userId: 'u1', route: null }
  log.logger.warn(fields, 'somebody may not do this')
  log.logger.error({ err: new TypeError('broken', { cause: new Error('gone') }) }, 'failed')
  await log.settled()
  const [event, failed] = otlp.records
  expect(event?.eventName).toBe('authz_fail')
  expect(Buffer.from(event?.traceId ?? '', 'base64').toString('hex')).toBe(traceId)
  expect(attributeOf(event?.attributes, 'user.id')).toBe('u1')
  expect(event?.attributes?.map(({ key }) => key)).not.toContain('http.route')
  expect(attributeOf(failed?.attributes, 'exception.type')).toBe('TypeError')
  expect(attributeOf(failed?.attributes, 'exception.message')).toBe('broken')
  expect(attributeOf(failed?.attributes, 'exception.stacktrace')).toMatch(/Caused by: Error: gone/)
})

test('a burst through throttling and an outage arrives whole, once, in its order', async () => {
  log = open()
  await burstThroughOutage(log, otlp)
  expect(indexes()).toEqual(range(0, burstSize))
  expect(log.counts()).toMatchObject({ shipped: burstSize, lost: 0 })
})

test('what a small buffer cannot hold meanwhile is lost, and counted to the line', async () => {
  log = open({ maxWaitingBytes: 400_000 })
  await burstThroughOutage(log, otlp)
  const { shipped, lost } = log.counts()
  expect(lost).toBeGreaterThan(0)
  expect(indexes()).toHaveLength(shipped)
  expect(shipped + lost).toBe(burstSize)
})

test('Retry-After is kept', async () => {
  log = open()
  otlp.fix('throttle')
  log.burst(0, 10)
  await expect.poll(() => otlp.times.length, { timeout: 20_000 }).toBe(3)
  otlp.fix('take')
  const gaps = otlp.times.slice(1).map((time, index) => time - (otlp.times[index] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThan(990)
  await log.settled()
  expect(indexes()).toEqual(range(0, 10))
})

test('what is rejected of a batch is lost and counted, and not sent again', async () => {
  log = open()
  otlp.fix('take')
  otlp.reject(4)
  log.burst(0, 10)
  await log.settled()
  expect(log.counts()).toMatchObject({ shipped: 6, lost: 4 })
  expect(otlp.sizes).toEqual([10])
})

test('a receiver that says it rejected more than it was sent makes up no lines', async () => {
  log = open()
  otlp.reject(1_000)
  log.burst(0, 10)
  await log.settled()
  expect(log.counts()).toMatchObject({ shipped: 0, lost: 10, waiting: 0 })
})

test.each([400, 401, 404, 500, 501])(
  'what is refused with %s must not be sent again',
  async (status) => {
    log = open()
    otlp.refuse(status)
    log.burst(0, 10)
    await log.settled()
    expect(log.counts()).toMatchObject({ shipped: 0, lost: 10 })
    expect(otlp.sizes).toEqual([10])
  },
)

test.each([429, 502, 503, 504])('what is refused with %s is sent again', async (status) => {
  log = open()
  otlp.refuse(status)
  log.burst(0, 10)
  await expect.poll(() => otlp.sizes.length, { timeout: 20_000 }).toBeGreaterThan(1)
  otlp.refuse(null)
  otlp.fix('take')
  await log.settled()
  expect(log.counts()).toMatchObject({ shipped: 10, lost: 0 })
  expect(indexes()).toEqual(range(0, 10))
})
