import { type AppProcess, findFreePort, startApp } from '@repo/testing'
import type { TestApi } from '../support/start-api.ts'

export interface ProductionProcess extends AppProcess {
  readonly url: string
  readonly port: number
  readonly pid: number
}

interface ProductionOptions {
  /** The Redis that its limits are counted in. */
  readonly redis: { readonly url: string; readonly token: string }
  readonly settings?: Readonly<Record<string, string>>
  readonly nodeOptions?: readonly string[]
}

/** `main.ts` as production runs it, over the database that the test's people are in; ready when it resolves. */
export async function startProduction(
  api: TestApi,
  { redis, settings = {}, nodeOptions = [] }: ProductionOptions,
): Promise<ProductionProcess> {
  const port = await findFreePort()
  const environment = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    BASE_URL: 'https://api.acme.test',
    ALLOWED_HOSTS: `127.0.0.1:${port}`,
    // One that never comes, unless a test says whose word counts.
    TRUSTED_PROXIES: '192.0.2.1',
    DATABASE_URL: api.database.appUrl,
    UPSTASH_REDIS_REST_URL: redis.url,
    UPSTASH_REDIS_REST_TOKEN: redis.token,
    ENCRYPTION_KEYS: api.encryptionKeys,
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'no-reply@acme.test',
    ...settings,
  }
  const main = startApp('api', environment, nodeOptions)
  await main.untilReady()
  const { pid } = main.child
  if (pid === undefined) throw new Error('The process has no id.')
  return { ...main, url: `http://127.0.0.1:${port}`, port, pid }
}

// Over https the cookie has its prefix.
export const secureCookieOf = ({ cookie }: { readonly cookie: string }) =>
  cookie.replace(/^session=/, '__Host-session=')
