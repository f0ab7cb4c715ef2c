import { limits } from '@repo/rate-limit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type Person, password, type World } from '../support/create-world.ts'
import { type Answer, anyAddress, request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import type { BreakableRedis } from './breakable-redis.ts'
import { untilAnswer } from './until-answer.ts'

/** Declares what the API promises while its Redis is gone, however it is reached. */
export function describeRedisFaults(open: () => Promise<BreakableRedis>): void {
  let redis: BreakableRedis
  let api: TestApi
  let world: World
  let person: Person

  beforeAll(async () => {
    redis = await open()
    api = await startApi({ environment: redis.environment })
    world = await createWorld(api)
    person = await world.createPerson()
  })

  afterAll(async () => {
    await world?.close()
    await api?.close()
    await redis?.close()
  })

  const readSession = () => request(`${api.url}/api/auth/session`, { cookie: person.cookie })
  const readReadiness = () => request(`${api.url}/readyz`)
  const countLogged = (message: string) => api.log().filter(({ msg }) => msg === message).length
  const countOutages = () => countLogged('rate limits fall back to this process')

  function logIn(address: string, word: string, email = person.email) {
    const body = { email, password: word }
    return request(`${api.url}/api/auth/login`, { method: 'POST', body, address })
  }

  describe.each(['refuses', 'hangs'] as const)('a Redis that %s', (fault) => {
    let outagesBefore: number
    const closed = anyAddress()
    const guessed = `${crypto.randomUUID()}@unknown.test`

    beforeAll(async () => {
      expect((await readReadiness()).body).toMatchObject({ status: 'ok' })
      outagesBefore = countOutages()
      await redis[fault]()
    })

    test('stops no read, and delays none beyond its time limit', async () => {
      const tookMs: number[] = []
      for (let count = 0; count < 30; count += 1) {
        const start = performance.now()
        expect((await readSession()).status).toBe(200)
        tookMs.push(performance.now() - start)
      }
      // One call a second tries Redis and waits for its 250 ms; the others do not.
      expect(Math.max(...tookMs)).toBeLessThan(3_000)
      expect(median(tookMs)).toBeLessThan(250)
    })

    test('a decision is made within 300 ms, by this process alone', async () => {
      const tookMs: number[] = []
      for (let count = 0; count < 5; count += 1) {
        const start = performance.now()
        const decision = await api.services.limiter.decide([{ name: 'read', key: 'a-caller' }])
        tookMs.push(performance.now() - start)
        expect(decision).toMatchObject({ degraded: true, limit: limits.read.fallbackLimit })
        await new Promise((resolve) => setTimeout(resolve, 300))
      }
      expect(median(tookMs)).toBeLessThan(300)
    })

    test('log-in stays limited, by the tighter limit, and for that address alone', async () => {
      const address = anyAddress()
      for (let count = 0; count < limits.login.fallbackLimit; count += 1) {
        // Without a password: ten wrong ones would close the address.
        expect((await logIn(address, '')).status).toBe(400)
      }
      const refused = await logIn(address, password)
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await logIn(anyAddress(), password)).status).toBe(200)
    })

    test('ten failed log-ins close an address all the same', async () => {
      const fail = () => logIn(closed, 'a guess', `${crypto.randomUUID()}@unknown.test`)
      for (let count = 0; count < 10; count += 1) expect((await fail()).status).toBe(401)
      expect((await fail()).body?.['code']).toBe('address_blocked')
    })

    test('guesses at one account from many addresses slow it down all the same', async () => {
      const guess = () => logIn(anyAddress(), 'a guess', guessed)
      for (let count = 0; count < 10; count += 1) expect((await guess()).status).toBe(401)
      expect((await guess()).status).toBe(429)
    })

    test.each([
      ['registration', '/api/auth/register'],
      ['passwordReset', '/api/auth/password/reset'],
    ] as const)('the limit %s stays, tighter, and for that address alone', async (name, path) => {
      const ask = (address: string) =>
        request(`${api.url}${path}`, { method: 'POST', body: {}, address })
      const address = anyAddress()
      for (let count = 0; count < limits[name].fallbackLimit; count += 1) {
        expect((await ask(address)).status).toBe(400)
      }
      const refused = await ask(address)
      expect(refused.status).toBe(429)
      expect(refused.headers.get('ratelimit-policy')).toContain(
        `"${name}";q=${limits[name].fallbackLimit};`,
      )
      expect((await ask(anyAddress())).status).toBe(400)
    })

    test('costs security events, which are counted and told of once, and no request', async () => {
      const { detection } = api.services
      const droppedBefore = detection.countDropped()
      const toldBefore = countLogged('security events were not counted')
      for (let count = 0; count < 5; count += 1) {
        expect((await request(`${api.url}/nowhere`)).status).toBe(404)
      }
      await expect.poll(() => detection.countDropped() - droppedBefore).toBeGreaterThanOrEqual(5)
      expect(countLogged('security events were not counted') - toldBefore).toBeLessThanOrEqual(1)
    })

    test('/readyz says degraded, and still 200', async () => {
      const answer = await readReadiness()
      expect(answer.status).toBe(200)
      const checks = { postgres: 'ok', redis: 'unavailable', draining: false, overloaded: false }
      expect(answer.body).toEqual({ status: 'degraded', checks })
    })

    test('is logged once, however many requests there were', () => {
      expect(countOutages() - outagesBefore).toBe(1)
    })

    test('heals when it returns', async () => {
      const healedBefore = countLogged('rate limits are shared again')
      await redis.bringBack()
      const isWhole = ({ body }: Answer) => body?.['status'] === 'ok'
      expect(await untilAnswer(readReadiness, isWhole)).toBeLessThan(5_000)
      await untilAnswer(
        readSession,
        ({ headers }) =>
          headers.get('ratelimit-policy')?.includes(`q=${limits.read.limit}`) === true,
      )
      expect(countLogged('rate limits are shared again') - healedBefore).toBe(1)
    })

    test('who was closed out stays so when it is back, whatever it has forgotten', async () => {
      expect((await logIn(closed, password)).body?.['code']).toBe('address_blocked')
      expect((await logIn(anyAddress(), 'a guess', guessed)).status).toBe(429)
      expect((await logIn(anyAddress(), password)).status).toBe(200)
    })
  })
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
