import { startRedisGateway } from '@repo/embedded-servers'
import { openRedis } from '@repo/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AddressBlock, AddressBlocks } from './address-blocks.ts'
import type { Alert } from './alert-store.ts'
import { createDetection } from './detection.ts'
import type { Finding } from './rule.ts'
import type { RuleName } from './rules.ts'
import type { SecurityEvent } from './security-event.ts'

let redis: { readonly url: string; readonly token: string; close(): Promise<void> }
const cleanUps: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  redis = await startRedisGateway()
})
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
  await redis.close()
})

const until = new Date('2027-01-01T12:15:00Z')
const failure = (address: string | null, account: string | null = null): SecurityEvent => ({
  ...{ kind: 'failedLogIn', address, userId: null, account },
})
const reuse: SecurityEvent = {
  ...{ kind: 'tokenReuse', address: null, userId: 'ada', clientId: 'spa', what: 'refresh token' },
}
const login = (userId: string): SecurityEvent => ({ kind: 'sessionBegun', address: null, userId })

/** Watches with a count of its own in the place of the limiter's, and a Postgres that can be gone. */
function watch(options: { readonly url?: string } = {}) {
  const connection = openRedis({ kind: 'upstash', ...redis, ...options, timeoutMs: 5_000 })
  const failures = new Map<string, number>()
  const found: (readonly [RuleName, Finding])[] = []
  const alerts: Alert[] = []
  const blocked: AddressBlock[] = []
  const errors: unknown[] = []
  const dropped: number[] = []
  const postgres = { isGone: false, losesAnswers: false }
  const asked: string[] = []
  const block: AddressBlocks['block'] = async (key) => {
    if (postgres.isGone) throw new Error('Postgres is gone.')
    return { key, until, count: 1 }
  }
  const detection = createDetection({
    redis: connection.client,
    blocks: {
      block,
      blockedUntil: () => null,
      countBlocked: () => 0,
      refresh: async () => {},
      close: () => {},
    },
    alerts: {
      async raise(rule, finding, id) {
        asked.push(id)
        if (postgres.isGone) throw new Error('Postgres is gone.')
        found.push([rule, finding])
        if (postgres.losesAnswers) throw new Error('The answer is lost.')
        const rest = {
          severity: 'info',
          summary: '',
          count: finding.total,
          status: 'open',
        } as const
        return { id, rule, subject: finding.subject, ...rest, firstAt: until, lastAt: until }
      },
    },
    async mayFailAgain(key) {
      failures.set(key, (failures.get(key) ?? 0) + 1)
      return (failures.get(key) ?? 0) < 10
    },
    onAlert: (alert) => alerts.push(alert),
    onBlocked: (made) => blocked.push(made),
    onError: (error) => errors.push(error),
    onDropped: (_error, events) => dropped.push(events),
  })
  cleanUps.push(async () => {
    await detection.close()
    await connection.close()
  })
  return { detection, found, alerts, blocked, errors, dropped, postgres, asked }
}

async function repeat(times: number, work: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < times; time += 1) await work()
}

describe('the tenth failed log-in of an address', () => {
  test('closes it before the answer, and is an alert', async () => {
    const { detection, blocked, alerts } = watch()
    await repeat(9, () => detection.observe(failure('192.0.2.1')))
    await detection.observe(failure('192.0.2.2'))
    await detection.observe(failure(null))
    expect(blocked).toEqual([])
    await detection.observe(failure('192.0.2.1'))
    expect(blocked).toEqual([{ key: '192.0.2.1', until, count: 1 }])
    await detection.flush()
    expect(alerts).toMatchObject([{ rule: 'failed_log_ins', subject: '192.0.2.1', count: 10 }])
    expect(detection.countRaised()).toBe(1)
  })

  test('that cannot be closed is told, stops nobody, and is an alert once it can be stored', async () => {
    const { detection, postgres, alerts, errors } = watch()
    postgres.isGone = true
    await repeat(10, () => detection.observe(failure('192.0.2.3')))
    await detection.flush()
    expect(alerts).toEqual([])
    expect(errors).toMatchObject([
      { message: 'Postgres is gone.' },
      { message: 'Postgres is gone.' },
    ])
    postgres.isGone = false
    await expect.poll(() => alerts, { timeout: 10_000 }).toMatchObject([{ subject: '192.0.2.3' }])
  })
})

test('an event is counted by itself within half a second, whoever waits', async () => {
  const { detection, found } = watch()
  await detection.observe(reuse)
  await expect.poll(() => found, { timeout: 5_000 }).toHaveLength(1)
  expect(found).toMatchObject([
    ['token_reuse', { subject: 'ada', total: 1, observed: 'refresh token' }],
  ])
})

test('the events of a batch go out together', async () => {
  const { detection, found } = watch()
  await repeat(20, () => detection.observe(login('grace')))
  await repeat(19, () => detection.observe(login('edsger')))
  await detection.flush()
  expect(found).toEqual([['many_sessions', { subject: 'grace', total: 20, added: 20 }]])
})

test('two processes count together', async () => {
  const [one, other] = [watch(), watch()]
  await repeat(10, () => one.detection.observe(login('tony')))
  await repeat(10, () => other.detection.observe(login('tony')))
  await one.detection.flush()
  expect(one.found).toEqual([])
  await other.detection.flush()
  expect(other.found).toEqual([['many_sessions', { subject: 'tony', total: 20, added: 10 }]])
})

describe('without Postgres', () => {
  const reuseOf = (userId: string): SecurityEvent => ({
    ...{ kind: 'tokenReuse', address: null, userId, clientId: null, what: 'refresh token' },
  })

  test('what is found waits, and what is more than a thousand is counted and told of, to the last', async () => {
    const { detection, postgres, dropped, alerts } = watch()
    postgres.isGone = true
    for (let user = 0; user < 990; user += 1) void detection.observe(reuseOf(`user ${user}`))
    await detection.flush()
    const addresses = Array.from({ length: 15 }, (_, index) => `192.0.2.${index}`)
    for (const address of addresses) await repeat(10, () => detection.observe(failure(address)))
    void detection.observe(reuseOf('user 7'))
    void detection.observe(reuseOf('one more'))
    await detection.flush()
    expect(detection.countDropped()).toBe(6)
    postgres.isGone = false
    await expect.poll(() => alerts, { timeout: 10_000 }).toHaveLength(1_000)
    await detection.close()
    expect(detection.countDropped()).toBe(6)
    expect(dropped.reduce((sum, events) => sum + events, 0)).toBe(6)
  })

  test('what waits at the end is tried once more, and then counted and told of', async () => {
    const [back, gone] = [watch(), watch()]
    for (const { detection, postgres } of [back, gone]) {
      postgres.isGone = true
      await repeat(3, () => detection.observe(reuseOf('ada')))
      await detection.observe(reuseOf('grace'))
      await detection.flush()
    }
    back.postgres.isGone = false
    await back.detection.close()
    await gone.detection.close()
    expect([back.alerts.length, back.detection.countDropped(), back.dropped]).toEqual([2, 0, []])
    expect([gone.alerts.length, gone.detection.countDropped(), gone.dropped]).toEqual([0, 4, [4]])
  })

  test('an alert whose answer is lost is asked for again under its id, with what came meanwhile', async () => {
    const { detection, postgres, alerts, asked, found } = watch()
    postgres.losesAnswers = true
    await detection.observe(reuseOf('ada'))
    await detection.flush()
    await detection.observe(reuseOf('ada'))
    postgres.losesAnswers = false
    await expect.poll(() => alerts, { timeout: 10_000 }).toHaveLength(1)
    await detection.flush()
    expect(asked).toHaveLength(2)
    expect(new Set(asked)).toEqual(new Set(alerts.map(({ id }) => id)))
    expect(found.map(([, { added }]) => added)).toEqual([1, 2])
    await detection.observe(reuseOf('ada'))
    await detection.flush()
    expect(asked.at(-1)).not.toBe(asked[0])
    expect(found.at(-1)).toMatchObject(['token_reuse', { added: 1 }])
  })
})

describe('without Redis', () => {
  const nowhere = { url: 'http://127.0.0.1:9' }

  test('events are dropped, counted and told of once; what needs none is found', async () => {
    const { detection, found, dropped } = watch(nowhere)
    await repeat(5, () => detection.observe(login('ada')))
    await detection.observe(reuse)
    await detection.flush()
    await repeat(5, () => detection.observe(login('ada')))
    await detection.flush()
    expect(detection.countDropped()).toBe(10)
    expect(dropped).toEqual([5])
    expect(found).toMatchObject([['token_reuse', {}]])
  })

  test('the memory of a flood is bounded, and nobody waits', async () => {
    const { detection } = watch(nowhere)
    for (let user = 0; user < 10_100; user += 1) void detection.observe(login(`user ${user}`))
    expect(detection.countDropped()).toBe(100)
  })

  test('it begins again when Redis is back, and says how many events were lost meanwhile', async () => {
    const first = await startRedisGateway()
    const { url, token } = first
    await first.close()
    const connection = openRedis({ kind: 'upstash', url, token, timeoutMs: 5_000 })
    const dropped: number[] = []
    const detection = createDetection({
      redis: connection.client,
      blocks: {
        block: async (key) => ({ key, until, count: 1 }),
        blockedUntil: () => null,
        countBlocked: () => 0,
        refresh: async () => {},
        close: () => {},
      },
      alerts: { raise: async () => null },
      mayFailAgain: async () => true,
      onAlert: () => {},
      onBlocked: () => {},
      onError: () => {},
      onDropped: (_error, events) => dropped.push(events),
    })
    for (const count of [2, 3]) {
      await repeat(count, () => detection.observe(login('ada')))
      await detection.flush()
    }
    const second = await startRedisGateway({ token, port: Number(new URL(url).port) })
    await detection.observe(login('ada'))
    await detection.flush()
    expect(dropped).toEqual([2, 3])
    expect(detection.countDropped()).toBe(5)
    await detection.close()
    await connection.close()
    await second.close()
  })
})
