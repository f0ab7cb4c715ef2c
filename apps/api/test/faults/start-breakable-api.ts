import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startRedisGateway } from '@repo/embedded-servers'
import { startThrowAwayDatabase, type TestDatabaseUrls } from '@repo/testing'
import { createWorld, type World } from '../support/create-world.ts'
import type { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

export interface BreakableApi {
  readonly api: TestApi
  readonly world: World
  readonly postgres: Awaited<ReturnType<typeof startThrowAwayDatabase>>
  close(): Promise<void>
}

// As production has it: the embedded one's would be given two seconds for a decision.
const token = 'a-token-of-a-redis-that-is-stopped'
const commands = fileURLToPath(
  new URL('../../../../tooling/development/src/database.ts', import.meta.url),
)

/** The way an operator prepares a server of their own: db:provision, then db:migrate. */
async function prepare(urls: TestDatabaseUrls): Promise<void> {
  const env = {
    PATH: process.env['PATH'],
    DATABASE_ADMIN_URL: urls.adminUrl,
    DATABASE_OWNER_URL: urls.ownerUrl,
    DATABASE_URL: urls.appUrl,
    DATABASE_WORKER_URL: urls.workerUrl,
  }
  for (const command of ['provision', 'migrate']) {
    await promisify(execFile)(process.execPath, [commands, command], { env })
  }
}

/** The API over a Postgres of its own that a test may stop, kill and hang. */
export async function startBreakableApi(): Promise<BreakableApi> {
  const postgres = await startThrowAwayDatabase(prepare)
  const api = await startApi({ environment: { DATABASE_URL: postgres.appUrl } })
  const world = await createWorld({ ...api, database: postgres })
  async function close() {
    await world.close()
    await api.close()
    await postgres.remove()
  }
  return { api, world, postgres, close }
}

export interface BreakableRedis {
  readonly environment: Record<string, string>
  readonly port: number
  stop(): Promise<void>
  /** An empty one on the same port. */
  start(): Promise<void>
}

/** A Redis behind its REST gateway that a test may stop and start again at the same address. */
export async function startBreakableRedis(): Promise<BreakableRedis> {
  let gateway = await startRedisGateway({ token })
  const { url } = gateway
  const port = Number(new URL(url).port)
  return {
    environment: { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token },
    port,
    stop: () => gateway.close(),
    async start() {
      gateway = await startRedisGateway({ token, port })
    },
  }
}

/** Asks until the answer is as wanted; returns after how many milliseconds, or throws. */
export async function untilAnswer(
  ask: () => ReturnType<typeof request>,
  isWanted: (answer: Awaited<ReturnType<typeof request>>) => boolean,
  withinMs = 10_000,
): Promise<number> {
  const start = performance.now()
  for (;;) {
    const answer = await ask()
    const tookMs = performance.now() - start
    if (isWanted(answer)) return tookMs
    if (tookMs > withinMs) throw new Error(`Still ${answer.status} after ${tookMs} ms.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
