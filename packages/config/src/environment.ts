import { isIP } from 'node:net'
import { z } from 'zod'

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )

const isNetwork = (text: string) => {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  const bits = Number(prefix ?? 0)
  const isPrefix = prefix === undefined || /^\d{1,3}$/.test(prefix)
  return version !== 0 && rest.length === 0 && isPrefix && bits <= (version === 4 ? 32 : 128)
}

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// URL')
const redisUrl = z.string().regex(/^rediss?:\/\//, 'must be a redis:// or rediss:// URL')
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
const origin = httpUrl.refine(
  (text) => new URL(text).origin === text,
  'must be an origin, without a path',
)

/** Each variable by itself; what they mean together is load-config's to say. */
export const environment = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'], 'must be development, test or production')
    .default('development'),
  HOST: z.string().min(1).default('localhost'),
  PORT: z.coerce
    .number('must be a number')
    .int()
    .min(0, 'must be a port')
    .max(65_535, 'must be a port')
    .default(3000),
  BASE_URL: httpUrl.optional(),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_OWNER_URL: z.string().optional(),
  DATABASE_POOLER: z.enum(['none', 'transaction'], 'must be none or transaction').default('none'),
  REDIS_URL: redisUrl.optional(),
  UPSTASH_REDIS_REST_URL: httpUrl.optional(),
  UPSTASH_REDIS_REST_TOKEN: z.string().min(1).optional(),
  TRUSTED_PROXIES: list.pipe(
    z.array(z.string().refine(isNetwork, 'must be a list of addresses or CIDRs')),
  ),
  CORS_ORIGINS: list.pipe(z.array(origin)),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'must be a pino level')
    .default('info'),
})

export type Environment = z.infer<typeof environment>
