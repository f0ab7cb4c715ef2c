import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RedisConnection } from './open-redis.ts'

type Client = RedisConnection['client']
type Case = readonly [
  name: string,
  run: (client: Client, key: string) => Promise<unknown>,
  expected: unknown,
]

const cases: readonly Case[] = [
  ['a missing key is null', (client, key) => client.get(key), null],
  [
    'a string comes back whole, whatever its letters',
    async (client, key) => [await client.set(key, 'ü→😀 "\\\n'), await client.get(key)],
    ['OK', 'ü→😀 "\\\n'],
  ],
  [
    'an object comes back as an object',
    async (client, key) => [await client.set(key, { a: [1, null] }), await client.get(key)],
    ['OK', { a: [1, null] }],
  ],
  [
    'a second SET NX is refused with null',
    async (client, key) => [
      await client.set(key, 'first', { nx: true, px: 5_000 }),
      await client.set(key, 'second', { nx: true, px: 5_000 }),
    ],
    ['OK', null],
  ],
  [
    'a counter counts in numbers',
    async (client, key) => [await client.incr(key), await client.incrby(key, 41)],
    [1, 42],
  ],
  [
    'a hash comes back as an object',
    async (client, key) => [
      await client.hset(key, { name: 'Zoë', age: 7 }),
      await client.hgetall(key),
      await client.hget(key, 'none'),
    ],
    [2, { name: 'Zoë', age: 7 }, null],
  ],
  [
    'a sorted set keeps its scores',
    async (client, key) => [
      await client.zadd(key, { score: 1.5, member: 'a' }, { score: 2, member: 'b' }),
      await client.zrange(key, 0, -1, { withScores: true }),
      await client.zscore(key, 'a'),
    ],
    [2, ['a', 1.5, 'b', 2], 1.5],
  ],
  [
    'a script gets keys and arguments and answers nested lists',
    (client, key) =>
      client.eval(
        "redis.call('SET', KEYS[1], ARGV[1]) return {1, {2, redis.call('GET', KEYS[1])}, false}",
        [key],
        ['é'],
      ),
    [1, [2, 'é'], null],
  ],
  [
    'a pipeline answers in order',
    (client, key) => client.pipeline().set(key, 'x').strlen(key).del(key).get(key).exec(),
    ['OK', 1, 1, null],
  ],
  [
    'a transaction answers in order',
    (client, key) => client.multi().incr(key).incr(key).exec(),
    [1, 2],
  ],
  [
    'commands of one tick answer each their own, over many keys',
    (client, key) =>
      Promise.all(
        Array.from({ length: 200 }, (_, index) => client.incrby(`${key}:${index}`, index)),
      ),
    Array.from({ length: 200 }, (_, index) => index),
  ],
]

/** Declares what every driver promises, on the connection that `open` makes. */
export function describeConnection(
  name: string,
  open: () => Promise<{ connection: RedisConnection; close(): Promise<void> }>,
) {
  describe(name, () => {
    let opened: Awaited<ReturnType<typeof open>>
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    test('it answers a ping', () => opened.connection.ping())

    test.each(cases)('%s', async (_, run, expected) => {
      const key = `test:${randomUUID()}`
      expect(await run(opened.connection.client, key)).toEqual(expected)
    })

    test('an error of Redis is thrown, and hurts no other command of its tick', async () => {
      const { client } = opened.connection
      const key = `test:${randomUUID()}`
      const [failed, counted] = await Promise.allSettled([
        client.evalsha('0'.repeat(40), [key], []),
        client.incr(key),
      ])
      expect(failed).toMatchObject({ reason: { message: expect.stringContaining('NOSCRIPT') } })
      expect(counted).toEqual({ status: 'fulfilled', value: 1 })
    })
  })
}
