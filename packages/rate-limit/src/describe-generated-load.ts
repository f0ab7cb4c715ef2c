import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '@repo/redis'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AdmissionLog, createAdmissionLog, second } from './admission-log.ts'
import { createLimiter, type LimitDecision } from './limiter.ts'
import { type LimitName, type LimitPolicy, limits } from './limits.ts'

type Client = RedisConnection['client']

const policies: Readonly<Record<LimitName, LimitPolicy>> = {
  ...limits,
  write: { ...limits.write, limit: 4, windowSeconds: 10 },
  read: { ...limits.read, limit: 7, windowSeconds: 20 },
  user: { ...limits.user, limit: 15, windowSeconds: 60 },
}
const names = ['write', 'read', 'user'] as const

/** So many calls at once against some of the limits, after a pause, by a clock of Redis that may have been set back. */
const burst = fc.record({
  pauseMs: fc.oneof(
    fc.integer({ max: 300, min: 0 }),
    fc.integer({ max: 25_000, min: 0 }),
    fc.constantFrom(9_999, 10_000, 10_001, 20_000, 60_000),
  ),
  setBackMs: fc.oneof({ arbitrary: fc.constant(0), weight: 5 }, fc.integer({ max: 400, min: 1 })),
  calls: fc.integer({ max: 9, min: 1 }),
  key: fc.constantFrom('one', 'other'),
  names: fc.subarray([...names], { minLength: 1 }),
})
type Burst = typeof burst extends fc.Arbitrary<infer T> ? T : never

export interface OpenedRedis {
  readonly client: Client
  readonly isCluster?: boolean
}

/** Declares that any load is admitted exactly as far as every window has room for it. */
export function describeGeneratedLoad(open: () => OpenedRedis, runs: number): void {
  test('any load fills each window to its limit and never beyond, and Retry-After is honest', async () => {
    const seen = { admitted: 0, refused: 0 }
    const load = fc.array(burst, { maxLength: 20, minLength: 5 })
    const property = fc.asyncProperty(load, async (bursts) => {
      const player = createPlayer(open())
      for (const one of bursts) {
        const allowed = await player.play(one)
        seen.admitted += allowed
        seen.refused += one.calls - allowed
      }
      for (const log of player.logs()) expectEveryWindowHolds(log)
    })
    await fc.assert(property, { numRuns: runs, endOnFailure: true })
    expect(seen.admitted).toBeGreaterThan(runs * 5)
    expect(seen.refused).toBeGreaterThan(runs)
  }, 120_000)
}

/** Plays bursts against Redis, each from a replica of its own, so that none is answered from memory. */
function createPlayer({ client, isCluster = false }: OpenedRedis) {
  const run = randomUUID()
  const clock = { offsetMs: 0, setBackMs: 0 }
  const all = new Map<string, AdmissionLog>()

  const logOf = (name: LimitName, key: string): AdmissionLog => {
    const id = `rate-limit:${name}:${run}:${key}`
    const log = all.get(id) ?? createAdmissionLog(client, { id, clock, policy: policies[name] })
    all.set(id, log)
    return log
  }

  /** In microseconds, as the script has it. */
  async function readClock(): Promise<number> {
    const [seconds, microseconds] = await client.time()
    return seconds * second + microseconds + clock.offsetMs * 1_000
  }

  async function decide({ calls, key, names: asked }: Burst) {
    const clockOffsetMs = () => clock.offsetMs
    const options = { redis: client, limits: policies, clockOffsetMs, timeoutMs: 60_000 }
    const limiter = createLimiter(options)
    const checks = asked.map((name) => ({ name, key: `${run}:${key}` }))
    const start = await readClock()
    const decisions = await Promise.all(Array.from({ length: calls }, () => limiter.decide(checks)))
    return { decisions, start, end: await readClock() }
  }

  return {
    logs: () => all.values(),
    /** How many calls were let through, each of them as the windows had room. */
    async play(one: Burst): Promise<number> {
      clock.offsetMs += one.pauseMs - one.setBackMs
      clock.setBackMs += one.setBackMs
      const logs = one.names.map((name) => logOf(name, one.key))
      const held = logs.map((log) => log.present())
      const { decisions, start, end } = await decide(one)
      const added = await Promise.all(logs.map((log) => log.read()))
      let isSteady = !isCluster
      for (const [index, { policy }] of logs.entries()) {
        const room = (now: number) => Math.min(one.calls, roomIn(held[index] ?? [], policy, now))
        expect(added[index]).toBeGreaterThanOrEqual(room(start))
        expect(added[index]).toBeLessThanOrEqual(room(end))
        isSteady &&= room(start) === room(end)
      }
      expect(decisions.filter(({ degraded }) => degraded)).toEqual([])
      const allowed = decisions.filter((decision) => decision.allowed).length
      const refused = added.map((count) => one.calls - count)
      expect(allowed).toBeLessThanOrEqual(Math.min(...added))
      // Two limits may refuse two calls where a window moves on meanwhile, and in a cluster, which asks each by itself.
      const most = isSteady ? Math.max(...refused) : refused.reduce((sum, count) => sum + count, 0)
      expect(one.calls - allowed).toBeLessThanOrEqual(most)
      const last = decisions.at(-1)
      if (last && !last.allowed) expectHonest(last, logOf(last.name, one.key), { start, end })
      return allowed
    },
  }
}

const roomIn = (times: readonly number[], { limit, windowSeconds }: LimitPolicy, now: number) =>
  limit - times.filter((at) => at > now - windowSeconds * second).length

/** The wait ends in the second in which the oldest call that counts leaves its window. */
function expectHonest(
  { retryAfterSeconds }: LimitDecision,
  { policy, present }: AdmissionLog,
  { start, end }: { readonly start: number; readonly end: number },
) {
  const leavesAt = Number(present().at(-policy.limit)) + policy.windowSeconds * second
  const wait = (now: number) => Math.max(1, Math.ceil((leavesAt - now) / second))
  expect(retryAfterSeconds).toBeGreaterThanOrEqual(wait(end))
  // The script rounds up to a millisecond, and the limiter reads two clocks.
  expect(retryAfterSeconds).toBeLessThanOrEqual(wait(start - 2_000))
}

function expectEveryWindowHolds({ policy, trueTimes }: AdmissionLog) {
  const times = trueTimes().toSorted((one, other) => one - other)
  const spans = times.slice(policy.limit).map((later, index) => later - (times[index] ?? 0))
  expect(spans.filter((span) => span < policy.windowSeconds * second)).toEqual([])
}
