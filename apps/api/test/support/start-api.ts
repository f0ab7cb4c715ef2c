import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { loadConfig } from '@repo/config'
import { createEncryption } from '@repo/encryption'
import { createLogger } from '@repo/logging'
import { deliverMails } from '@repo/mail/testing'
import { createTestDatabase, createTestRedis, openSql } from '@repo/testing'
import { vi } from 'vitest'
import { createServer } from '../../src/server.ts'
import { createServices, type ServiceOptions, type Services } from '../../src/services.ts'
import { type ManagedClients, manageClients } from './manage-clients.ts'

export interface TestApi {
  readonly url: string
  readonly services: Services
  /** What administrators of the platform do; throws where the API serves none. */
  readonly platform: NonNullable<Services['platform']>
  /** Programs, made and changed by an administrator of their own. */
  readonly clients: ManagedClients
  /** For factories and probes: the owner's and the admin's ways in. */
  readonly database: {
    readonly ownerUrl: string
    readonly adminUrl: string
    readonly appUrl: string
    readonly workerUrl: string
    readonly platformUrl: string
    /** Unless it is said otherwise: none. */
    readonly pooler?: 'none' | 'transaction'
  }
  /** ENCRYPTION_KEYS, for another process over the same database. */
  readonly encryptionKeys: string
  /** Every line the API has logged. */
  readonly log: () => readonly Record<string, unknown>[]
  /** The same as it was written. */
  readonly logText: () => string
  /** The folder that gets its mails. */
  readonly outbox: string
  /** Resolves when every mail that was taken is there. */
  readonly mailsSettled: () => Promise<void>
  /** The folder that keeps its files. */
  readonly files: string
  /** Moves the API's clock by whole seconds. */
  readonly moveClock: (seconds: number) => void
  readonly close: () => Promise<void>
}

type Router = Parameters<typeof createServer>[1]

/** The API as it is served, on a port of its own, over its own database and Redis. */
export async function startApi(
  options: {
    readonly environment?: Record<string, string>
    readonly router?: Router
    readonly createSessions?: NonNullable<ServiceOptions['createSessions']>
    /** Whether mails wait for a worker of the test's own. */
    readonly mailsWait?: boolean
  } = {},
): Promise<TestApi> {
  const [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()])
  const key = randomBytes(32)
  const encryptionKeys = `test:${key.toString('base64')}`
  const outbox = await mkdtemp(join(tmpdir(), 'rampart-outbox-'))
  const files = await mkdtemp(join(tmpdir(), 'rampart-files-'))
  const config = loadConfig({
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    DATABASE_URL: database.appUrl,
    DATABASE_PLATFORM_URL: database.platformUrl,
    DATABASE_POOLER: database.pooler,
    UPSTASH_REDIS_REST_URL: redis.url,
    UPSTASH_REDIS_REST_TOKEN: redis.token,
    ENCRYPTION_KEYS: encryptionKeys,
    SMTP_URL: pathToFileURL(outbox).href,
    S3_URL: pathToFileURL(files).href,
    // Limits stay on: a test that must not meet them says it comes from another address.
    TRUSTED_PROXIES: '127.0.0.1/32',
    ...options.environment,
  })
  let offsetMs = 0
  const log = openLog()
  const services = await createServices(config, {
    clock: () => new Date(Date.now() + offsetMs),
    logger: createLogger({ level: 'info', destination: log.destination }),
    // Limits are counted by Redis, however slow the machine is; a Redis that fails is given by the test.
    ...(!isOwnRedis(options.environment) && { redisTimeoutMs: 10_000 }),
    ...(options.createSessions && { createSessions: options.createSessions }),
  })
  const worker = options.mailsWait
    ? null
    : await deliverMails({
        workerUrl: database.workerUrl,
        outbox,
        encryption: createEncryption([{ id: 'test', key }]),
        onFailed: (error) => services.logger.error({ err: error }, 'a mail was not sent'),
      })
  const owner = openSql(database.ownerUrl)
  const waiting = `SELECT 1 FROM pgboss.job WHERE name = 'mail' AND state < 'completed'`
  const server = await createServer(services, options.router)
  const port = Number(options.environment?.['PORT'] ?? 0)
  const listening = await server.listen({ host: config.host, port })
  const url = config.tls ? listening.replace('http:', 'https:') : listening
  return {
    url,
    services,
    get platform() {
      if (!services.platform) throw new Error('This API has no DATABASE_PLATFORM_URL.')
      return services.platform
    },
    clients: manageClients(services, database.ownerUrl),
    database,
    encryptionKeys,
    log: log.read,
    logText: log.text,
    outbox,
    files,
    async mailsSettled() {
      const areSent = async () => (await owner.run(waiting)).length === 0
      await vi.waitUntil(areSent, { timeout: 30_000, interval: 10 })
    },
    moveClock: (seconds) => {
      offsetMs += seconds * 1_000
    },
    async close() {
      await server.close()
      await services.close()
      await Promise.all([worker?.close(), owner.close()])
      await Promise.all([database.drop(), redis.close()])
      await Promise.all([removeFolder(outbox), removeFolder(files)])
    },
  }
}

/** Another one over the database and the Redis of an API that runs, or over `changed` of it. */
export function startBeside(
  { database, encryptionKeys, services }: TestApi,
  changed: Readonly<Record<string, string>> = {},
): Promise<TestApi> {
  const { redis } = services.config
  if (redis.kind !== 'upstash') throw new Error('The tests speak to Redis by REST.')
  return startApi({
    environment: {
      DATABASE_URL: database.appUrl,
      DATABASE_PLATFORM_URL: database.platformUrl,
      UPSTASH_REDIS_REST_URL: redis.url,
      UPSTASH_REDIS_REST_TOKEN: redis.token.reveal(),
      ENCRYPTION_KEYS: encryptionKeys,
      ...changed,
    },
  })
}

const isOwnRedis = (environment = {}) => 'UPSTASH_REDIS_REST_URL' in environment

const removeFolder = (path: string) => rm(path, { recursive: true, force: true })

function openLog() {
  const chunks: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const text = () => chunks.join('')
  const lines = () => text().split('\n').filter(Boolean)
  const read = () => lines().map((line): Record<string, unknown> => JSON.parse(line))
  return { destination, read, text }
}
