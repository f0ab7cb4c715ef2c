import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeGeneratedLoad, type OpenedRedis } from './describe-generated-load.ts'
import { createLimiter, type LimitDecision } from './limiter.ts'
import { type LimitName, limits } from './limits.ts'

/** Declares what the limiter promises, over the Redis that `open` gives; `loads` are generated. */
export function describeLimiter(
  name: string,
  open: () => Promise<OpenedRedis & { close(): Promise<void> }>,
  loads = 30,
) {
  describe(name, () => {
    let opened: Awaited<ReturnType<typeof open>>
    let offsetMs = 0
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    function create(name: LimitName, limit: number, windowSeconds: number) {
      const policy = { ...limits[name], limit, windowSeconds }
      return createLimiter({
        redis: opened.client,
        limits: { ...limits, [name]: policy },
        clockOffsetMs: () => offsetMs,
        timeoutMs: 60_000,
      })
    }

    test('500 parallel calls at limit 50 let exactly 50 through', async () => {
      const limiter = create('login', 50, 60)
      const check = { name: 'login', key: randomUUID() } as const
      const decisions = await Promise.all(
        Array.from({ length: 500 }, () => limiter.decide([check])),
      )
      expect(decisions.filter(isAllowed)).toHaveLength(50)
      expect(decisions.some((decision) => decision.degraded)).toBe(false)
    })

    test('a refused call adds nothing, and the log expires with its window', async () => {
      const key = randomUUID()
      for (let replica = 0; replica < 8; replica += 1) {
        await create('login', 5, 60).decide([{ name: 'login', key }])
      }
      expect(await opened.client.zcard(`rate-limit:login:${key}`)).toBe(5)
      const expiresInMs = await opened.client.pttl(`rate-limit:login:${key}`)
      expect(expiresInMs).toBeGreaterThan(50_000)
      expect(expiresInMs).toBeLessThanOrEqual(60_000)
    })

    describeGeneratedLoad(() => opened, loads)

    test('no window ever holds more calls than the limit, whatever the load', async () => {
      const [limit, windowSeconds] = [20, 2]
      const limiter = create('read', limit, windowSeconds)
      const key = randomUUID()
      const random = createRandom(43)
      const admitted: { readonly sentAt: number; readonly answeredAt: number }[] = []
      for (let call = 0; call < 600; call += 1) {
        // Bursts and pauses around the window's length: 30 calls a second on average.
        offsetMs += random() < 0.02 ? 900 * random() : 30 * random()
        const sentAt = Date.now() + offsetMs
        const { allowed } = await limiter.decide([{ name: 'read', key }])
        if (allowed) admitted.push({ sentAt, answeredAt: Date.now() + 1 + offsetMs })
      }
      const spansMs = admitted.slice(limit).map((later, index) => {
        return later.answeredAt - (admitted[index]?.sentAt ?? Number.NaN)
      })
      expect(spansMs.length).toBeGreaterThan(50)
      expect(Math.min(...spansMs)).toBeGreaterThanOrEqual(windowSeconds * 1_000)
    }, 20_000)

    test('waiting out Retry-After succeeds, waiting a second less fails', async () => {
      const key = randomUUID()
      // Each call comes to another replica, so that none answers from memory.
      const decide = () => create('write', 3, 10).decide([{ name: 'write', key }])
      for (const pauseMs of [0, 2_500, 1_200]) {
        offsetMs += pauseMs
        expect(await decide()).toMatchObject({ allowed: true, retryAfterSeconds: 0 })
      }
      const refused = await decide()
      expect(refused).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: 7 })
      offsetMs += (refused.retryAfterSeconds - 1) * 1_000
      expect(await decide()).toMatchObject({ allowed: false, retryAfterSeconds: 1 })
      offsetMs += 1_000
      expect(await decide()).toMatchObject({ allowed: true })
    })

    test('of two limits the tighter one decides, and each key counts for itself', async () => {
      const limiter = create('user', 3, 60)
      const [one, other] = [randomUUID(), randomUUID()]
      const decide = (key: string) =>
        limiter.decide([
          { name: 'read', key },
          { name: 'user', key },
        ])
      expect(await decide(one)).toMatchObject({ allowed: true, name: 'user', remaining: 2 })
      await decide(one)
      await decide(one)
      expect(await decide(one)).toMatchObject({ allowed: false, name: 'user', limit: 3 })
      expect(await decide(other)).toMatchObject({ allowed: true, name: 'user', remaining: 2 })
    })

    test('what one limit is known to refuse is not counted by another', async () => {
      const limiter = create('write', 1, 60)
      const key = randomUUID()
      const user = { name: 'user', key } as const
      const both = () => limiter.decide([user, { name: 'write', key }])
      expect(await both()).toMatchObject({ allowed: true })
      // The first refusal has been counted by then.
      for (let call = 0; call < 20; call += 1)
        expect(await both()).toMatchObject({ allowed: false })
      const { limit } = limits.user
      expect(await limiter.decide([user])).toMatchObject({ allowed: true, remaining: limit - 3 })
    })

    test('a refused key is refused from memory until its oldest call leaves', async () => {
      const limiter = create('login', 2, 5)
      const key = randomUUID()
      const decide = () => limiter.decide([{ name: 'login', key }])
      await decide()
      await decide()
      expect(await decide()).toMatchObject({ allowed: false })
      await opened.client.del(`rate-limit:login:${key}`)
      expect(await decide()).toMatchObject({ allowed: false, degraded: false })
      offsetMs += 5_000
      expect(await decide()).toMatchObject({ allowed: true })
    })
  })
}

function isAllowed(decision: LimitDecision) {
  return decision.allowed
}

/** The same numbers on every run (a linear congruential generator). */
function createRandom(seed: number) {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
