import { createHash } from 'node:crypto'
import type { Config } from '@repo/config'
import { createLimiter, type Limiter } from '@repo/rate-limit'
import { isEmbeddedToken, openRedis } from '@repo/redis'
import type { Services } from './services.ts'

/** Redis, and the rate limits that it shares between processes. */
export function openLimiter(
  config: Config,
  { logger, metrics }: Pick<Services, 'logger' | 'metrics'>,
  timeoutMs = redisTimeoutMs(config),
) {
  const isTraced = config.tracing !== null
  const redis = openRedis({ ...redisOptions(config), timeoutMs, isTraced })
  const limiter = createLimiter({
    redis: redis.client,
    timeoutMs,
    onDegraded: (error) => logger.error({ err: error }, 'rate limits fall back to this process'),
    onRecovered: () => logger.info('rate limits are shared again'),
    onDecided: metrics.limitDecided,
  })
  return { redis, limiter }
}

/**
 * Whether one more mail that anyone can cause may go to an address, or a stray one; Redis keeps no
 * address, only what tells them apart.
 */
export async function mayMail(limiter: Limiter, email: string, isStray: boolean): Promise<boolean> {
  const key = createHash('sha256').update(email).digest('base64url')
  const allows = async (name: 'mail' | 'strayMail') =>
    (await limiter.decide([{ name, key }])).allowed
  // One after the other: a stray mail that does not go must not count among the others.
  return (!isStray || (await allows('strayMail'))) && allows('mail')
}

function redisOptions({ redis }: Config): Parameters<typeof openRedis>[0] {
  return redis.kind === 'server'
    ? { kind: 'server', url: redis.url.reveal() }
    : { kind: 'upstash', url: redis.url, token: redis.token.reveal() }
}

/** A decision is made within 250 ms whatever Redis does; the embedded one is slow, and only for development. */
function redisTimeoutMs({ redis }: Config): number {
  return redis.kind === 'upstash' && isEmbeddedToken(redis.token.reveal()) ? 2_000 : 250
}
