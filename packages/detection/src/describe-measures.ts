import type { RedisConnection } from '@repo/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { evaluate } from './evaluate.ts'
import type { RuleName } from './rules.ts'
import { createTallies } from './tallies.ts'

type Value = string | number | null

interface Found {
  readonly teaches?: boolean
  readonly client?: RedisConnection['client']
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
// A day, minute by minute, of a machine that does much else.
const patienceMs = 120_000

/** Does what it is asked for, and is not heard. */
function losingAnswers(client: RedisConnection['client']): RedisConnection['client'] {
  const lose = async (asked: Promise<unknown>) => {
    await asked
    throw new Error('The answer is lost.')
  }
  return Object.assign(Object.create(client), {
    evalsha: (...args: Parameters<typeof client.evalsha>) => lose(client.evalsha(...args)),
    eval: (...args: Parameters<typeof client.eval>) => lose(client.eval(...args)),
  })
}

/** Declares what each measure finds, over the Redis that `open` gives. */
export function describeMeasures(
  name: string,
  open: () => Promise<{
    readonly client: RedisConnection['client']
    readonly close: () => Promise<unknown>
  }>,
): void {
  describe(`measures ${name}`, () => {
    let redis: Awaited<ReturnType<typeof open>>
    let key: string
    // It stands still, however long a test takes.
    let clock: number

    beforeAll(async () => {
      redis = await open()
    })
    afterAll(() => redis.close())
    beforeEach(() => {
      key = crypto.randomUUID()
      clock = Math.floor(Date.now() / minuteMs) * minuteMs + 10_000
    })

    /** What a rule finds with these events, which come as one batch. */
    async function find(rule: RuleName, values: readonly Value[], options: Found = {}) {
      const { teaches = true, client = redis.client } = options
      const tallies = createTallies(10)
      for (const value of values) tallies.add(rule, { key, value, teaches })
      const [tally] = tallies.take()
      if (!tally) throw new Error('Nothing was counted.')
      return evaluate(tally, { redis: client, offsetMs: clock - Date.now() })
    }
    const times = (count: number): readonly Value[] => Array.from({ length: count }, () => null)
    const pass = (ms: number) => {
      clock += ms
    }

    describe('a count', () => {
      const failTimes = (count: number) => find('many_sessions', times(count))

      test('finds nothing below its threshold, and all that is at or above it', async () => {
        expect(await failTimes(19)).toBeNull()
        expect(await failTimes(1)).toEqual({ subject: key, total: 20, added: 1 })
        expect(await failTimes(5)).toEqual({ subject: key, total: 25, added: 5 })
      })

      test('of one key is not that of another', async () => {
        expect(await failTimes(19)).toBeNull()
        key = crypto.randomUUID()
        expect(await failTimes(19)).toBeNull()
      })

      test('forgets what left the window, and that alone', async () => {
        expect(await failTimes(10)).toBeNull()
        pass(5 * minuteMs)
        expect(await failTimes(9)).toBeNull()
        pass(5 * minuteMs)
        expect(await failTimes(10)).toBeNull()
        pass(minuteMs)
        expect(await failTimes(1)).toMatchObject({ total: 20 })
      })

      test('of several processes at once misses none', async () => {
        const found = await Promise.all(Array.from({ length: 20 }, () => failTimes(1)))
        expect(found.filter((finding) => finding !== null)).toEqual([
          { subject: key, total: 20, added: 1 },
        ])
      })
    })

    describe('a count of different values', () => {
      test('counts each once, however often it comes', async () => {
        const guess = (...values: readonly string[]) => find('failed_log_ins_of_account', values)
        expect(await guess('a', 'b', 'c', 'c')).toBeNull()
        expect(await guess('a', 'd')).toBeNull()
        expect(await guess('e')).toEqual({ subject: key, total: 5, added: 1 })
        pass(15 * minuteMs + 1_000)
        expect(await guess('f')).toBeNull()
      })
    })

    describe('a baseline', () => {
      const refuse = (count: number) => find('client_errors_overall', times(count))

      async function learn(minutes: number, count: number): Promise<void> {
        for (let minute = 0; minute < minutes; minute += 1) {
          expect(await refuse(count)).toBeNull()
          pass(minuteMs)
        }
      }

      test('says nothing while it knows too little', async () => {
        expect(await refuse(5_000)).toBeNull()
      })

      test('has a floor, under which a quiet night makes nothing a spike', async () => {
        await learn(6, 1)
        expect(await refuse(120)).toBeNull()
        expect(await refuse(1)).toEqual({ subject: key, total: 121, added: 1, limit: 120 })
      })

      test('moves with what is usual', async () => {
        await learn(12, 1_000)
        expect(await refuse(3_900)).toBeNull()
        expect(await refuse(200)).toMatchObject({ total: 4_100 })
      })

      test('forgets a busy day in a night', async () => {
        await learn(12, 1_000)
        pass(8 * hourMs)
        expect(await refuse(200)).toMatchObject({ limit: 120 })
      })

      /** What is found in each of so many minutes: always the same. */
      async function attack(minutes: number, count: number) {
        const limits = new Set<number | null | undefined>()
        for (let minute = 0; minute < minutes; minute += 1) {
          limits.add((await refuse(count))?.limit ?? null)
          pass(minuteMs)
        }
        return [...limits]
      }

      test('is not moved by an attack, however high it is and however many hours it goes on', async () => {
        await learn(6, 40)
        expect(await attack(1, 5_000)).toEqual([160])
        expect(await attack(5 * 60, 200)).toEqual([160])
        expect(await refuse(160)).toBeNull()
      })

      test(
        'takes for usual what lasts a day longer than it does not, and finds what is far above that',
        async () => {
          await learn(6, 40)
          expect(await attack(12 * 60, 200)).toEqual([160])
          pass(2 * hourMs)
          expect(await attack(14 * 60, 200)).toEqual([120])
          expect(await refuse(800)).toBeNull()
          expect(await refuse(1)).toMatchObject({ total: 801, limit: 800 })
        },
        patienceMs,
      )
    })

    describe('a history', () => {
      const send = (...bytes: readonly number[]) => find('unusual_request_size', bytes)
      const usual = (index: number) => 200 + ((index * 37) % 400)

      async function learn(batches: number): Promise<void> {
        for (let batch = 0; batch < batches; batch += 1) {
          expect(await send(...Array.from({ length: 10 }, (_, index) => usual(index)))).toBeNull()
        }
      }

      test('says nothing while it knows too little', async () => {
        await learn(4)
        expect(await send(90_000)).toBeNull()
      })

      test('finds what is far above it, and says what would not have been', async () => {
        await learn(6)
        expect(await send(16_384)).toBeNull()
        const found = { subject: key, total: 1, added: 1, observed: 60_000, limit: 16_384 }
        expect(await send(300, 60_000, 200)).toEqual(found)
      })

      test('of an endpoint with large sizes takes them for usual', async () => {
        for (let batch = 0; batch < 10; batch += 1) {
          const sizes = Array.from({ length: 10 }, (_, index) => 2 ** (10 + (index % 10)))
          expect(await send(...sizes)).toBeNull()
        }
        expect(await send(1_000_000)).toBeNull()
      })

      test('of small and large sizes by turns does not take everything for usual', async () => {
        for (let batch = 0; batch < 50; batch += 1) expect(await send(2, 15_000)).toBeNull()
        expect(await send(500_000)).toBeNull()
        expect(await send(10_000_000)).toMatchObject({ observed: 10_000_000 })
      })

      test('goes on finding what goes on, and takes a new habit for usual in time', async () => {
        await learn(6)
        let found = 0
        while ((await send(60_000)) !== null) found += 1
        expect(found).toBeGreaterThan(3)
        expect(found).toBeLessThan(200)
      })

      test('stands sizes that nobody can send', async () => {
        await learn(6)
        expect(await send(Number.POSITIVE_INFINITY)).toMatchObject({ observed: 2 ** 40 })
        expect(await send(Number.NaN, -1, 0)).toBeNull()
      })
    })

    describe('a novelty', () => {
      const use = (...networks: readonly string[]) => find('key_from_new_network', networks)

      test('is what comes beside something older, once', async () => {
        expect(await use('192.0.2.0/24')).toBeNull()
        expect(await use('192.0.2.0/24')).toBeNull()
        const found = { subject: key, total: 1, added: 1, observed: '198.51.100.0/24' }
        expect(await use('192.0.2.0/24', '198.51.100.0/24')).toEqual(found)
        expect(await use('198.51.100.0/24')).toBeNull()
      })

      const fail = (...networks: readonly string[]) =>
        find('key_from_new_network', networks, { teaches: false })

      test('is found and remembered by nothing that has failed', async () => {
        expect(await fail('b')).toBeNull()
        expect(await use('a')).toBeNull()
        expect(await fail('b')).toMatchObject({ observed: 'b' })
        expect(await fail('b')).toMatchObject({ observed: 'b' })
        expect(await use('b')).toMatchObject({ observed: 'b' })
        expect(await use('b')).toBeNull()
        expect(await fail('a', 'b')).toBeNull()
        pass(60 * 24 * hourMs)
        expect(await use('b')).toBeNull()
        expect(await fail('a')).toBeNull()
        pass(60 * 24 * hourMs)
        expect(await use('a')).toMatchObject({ observed: 'a' })
      })

      test('whose answer was lost is found by the next use', async () => {
        await use('a')
        await expect(
          find('key_from_new_network', ['b'], { client: losingAnswers(redis.client) }),
        ).rejects.toThrow('The answer is lost.')
        expect(await use('b')).toMatchObject({ observed: 'b' })
        expect(await use('b')).toBeNull()
      })

      test('is again what was not seen for 90 days', async () => {
        await use('a')
        await use('b')
        pass(60 * 24 * hourMs)
        expect(await use('a')).toBeNull()
        pass(60 * 24 * hourMs)
        expect(await use('a')).toBeNull()
        expect(await use('b')).toMatchObject({ observed: 'b' })
      })
    })
  })
}
