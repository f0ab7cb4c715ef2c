import { randomBytes } from 'node:crypto'
import { defineScript, runScript } from '@repo/redis'
import type { Algorithm, RatelimitConfig } from '@upstash/ratelimit'

type SlidingWindow = RatelimitConfig['limiter']
type Context = SlidingWindow extends Algorithm<infer T> ? T : never

export type SlidingWindowOptions = {
  readonly limit: number
  readonly windowSeconds: number
  /** Added to the clock of Redis, for tests. */
  readonly clockOffsetMs: () => number
}

// Times are whole microseconds: exact in a double, and written out since "%g" would round them.
const script = defineScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1e6 + tonumber(time[2]) + tonumber(ARGV[3]) * 1e3
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1e6
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - window))
local used = redis.call('ZCARD', KEYS[1])
local allowed = 0
if used < limit then
  allowed = 1
  if ARGV[4] ~= '' then
    redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[4])
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', window / 1e3))
    used = used + 1
  end
end
local first = math.max(used - limit, 0)
local leaving = redis.call('ZRANGE', KEYS[1], first, first, 'WITHSCORES')
local wait = 0
if leaving[2] then wait = math.ceil((tonumber(leaving[2]) + window - now) / 1e3) end
return {allowed, math.max(limit - used, 0), wait}
`)

const processId = randomBytes(9).toString('base64url')
let callCount = 0

/** Exact: a log of the admitted calls, so that no window of this length ever holds more than `limit`. */
export function slidingWindow(options: SlidingWindowOptions): SlidingWindow {
  const { limit } = options

  async function run(context: Context, key: string, member: string) {
    const args = [limit, options.windowSeconds, options.clockOffsetMs(), member]
    const reply = await runScript(context.redis, script, { key, args })
    const [allowed, remaining, waitMs] = parseReply(reply)
    return { success: allowed === 1, limit, remaining, reset: Date.now() + waitMs }
  }

  return () => ({
    limit: async (context, key) => {
      callCount += 1
      const state = await run(context, key, `${processId}${callCount.toString(36)}`)
      return { ...state, pending: Promise.resolve() }
    },
    getRemaining: (context, key) => run(context, key, ''),
    resetTokens: async (context, key) => {
      await context.redis.del(key)
    },
  })
}

function parseReply(reply: unknown): readonly [allowed: number, remaining: number, waitMs: number] {
  const [allowed, remaining, waitMs] = Array.isArray(reply) ? reply.map(Number) : []
  if (allowed === undefined || remaining === undefined || waitMs === undefined) {
    throw new TypeError('The rate limit script did not answer three numbers.')
  }
  return [allowed, remaining, waitMs]
}
