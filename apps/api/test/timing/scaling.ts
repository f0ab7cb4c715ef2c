import { findFreePort, launchRedisServer, openSql, type RedisServer, startApp } from '@repo/testing'
import { createWorld, type Person } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { environmentOver } from '../support/run-both.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { print, printTable } from './print-table.ts'
import { ticksOf, ticksOfAll, ticksPerSecond } from './process-ticks.ts'
import { readNumber } from './read-number.ts'
import { summarize } from './statistics.ts'

const clients = 16
const people = 200
const ordersEach = 20
// One call in ten writes.
const writesOneIn = 10

interface Installation {
  readonly api: TestApi
  readonly readers: readonly Person[]
  readonly redis: RedisServer
}

interface Run {
  readonly processes: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Of the API's processes, of Postgres and of Redis. */
  readonly cpuMs: readonly [api: number, postgres: number, redis: number]
  readonly connections: number
  readonly redisOperations: number
  readonly logBytes: number
  readonly failed: number
}

/** `[seconds of each run]`: what one API process serves, and two over the same Postgres and Redis. */
async function measureScaling(seconds: number): Promise<void> {
  const redis = await launchRedisServer()
  const api = await startApi({
    environment: {
      REDIS_URL: redis.url,
      UPSTASH_REDIS_REST_URL: '',
      UPSTASH_REDIS_REST_TOKEN: '',
    },
  })
  const world = await createWorld(api)
  try {
    const readers = await Promise.all(Array.from({ length: people }, () => world.createPerson()))
    for (const person of readers) {
      await Promise.all(Array.from({ length: ordersEach }, () => world.createOrder(person)))
    }
    const installation = { api, readers, redis }
    const runs: Run[] = []
    for (const count of [1, 2, 1, 2]) runs.push(await measure(installation, count, seconds))
    report(runs)
  } finally {
    await world.close()
    await api.close()
    await redis.close()
  }
}

async function measure(installation: Installation, count: number, seconds: number): Promise<Run> {
  const { api, redis, readers } = installation
  const started = await Promise.all(Array.from({ length: count }, () => start(api, redis.url)))
  const admin = openSql(api.database.adminUrl)
  try {
    await load(started, readers, 2)
    const before = await snapshot(redis, started)
    const { times, failed, connections } = await load(started, readers, seconds, () =>
      countConnections(admin),
    )
    const after = await snapshot(redis, started)
    const { median, p99 } = summarize(times)
    const msOf = (ticks: number) => (ticks * 1_000) / ticksPerSecond / times.length
    return {
      processes: count,
      perSecond: times.length / seconds,
      p50: median,
      p99,
      cpuMs: [
        msOf(after.ticks - before.ticks),
        msOf(after.postgres - before.postgres),
        msOf(after.redis - before.redis),
      ],
      connections,
      redisOperations: (after.operations - before.operations) / times.length,
      logBytes: (after.logBytes - before.logBytes) / times.length,
      failed,
    }
  } finally {
    await admin.close()
    for (const { process } of started) process.child.kill('SIGTERM')
    await Promise.all(started.map(({ process }) => process.ended))
  }
}

async function start(api: TestApi, redisUrl: string) {
  const environment = environmentOver(api, { url: '', token: '' }, await findFreePort())
  const process = startApp('api', { ...environment, REDIS_URL: redisUrl })
  await process.untilReady()
  return { url: environment.BASE_URL, process }
}

type Started = Awaited<ReturnType<typeof start>>

/** So many clients, each with one call after the other, of another person each time. */
async function load(
  started: readonly Started[],
  readers: readonly Person[],
  seconds: number,
  watch: () => Promise<number> = async () => 0,
) {
  const end = performance.now() + seconds * 1_000
  const times: number[] = []
  let failed = 0
  let next = 0
  async function work(): Promise<void> {
    while (performance.now() < end) {
      next += 1
      const person = readers[next % readers.length]
      const server = started[next % started.length]
      const began = performance.now()
      const answer = await call(`${server?.url}/api/users/${person?.id}/orders`, person, next)
      times.push(performance.now() - began)
      if (answer.status >= 300) failed += 1
    }
  }
  const working = Array.from({ length: clients }, work)
  const connections = await watch()
  await Promise.all(working)
  return { times, failed, connections: Math.max(connections, await watch()) }
}

function call(url: string, person: Person | undefined, index: number) {
  const cookie = person?.cookie
  if (index % writesOneIn > 0) return request(`${url}?limit=20`, { cookie })
  return request(url, { method: 'POST', cookie, body: { currency: 'EUR', totalCents: 1 } })
}

async function countConnections(admin: ReturnType<typeof openSql>): Promise<number> {
  const query = `SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND usename IN ('rampart_app', 'rampart_platform')`
  const [{ count } = {}] = await admin.run(query)
  return Number(count)
}

async function snapshot(redis: RedisServer, started: readonly Started[]) {
  const ticks = await Promise.all(started.map(({ process }) => ticksOf(process.child.pid)))
  const [postgres, ofRedis] = await Promise.all(['postgres', 'redis-server'].map(ticksOfAll))
  const operations = await redis.countCommands()
  const logBytes = started.map(({ process }) => Buffer.byteLength(process.output()))
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
  return {
    ticks: sum(ticks),
    postgres: postgres ?? 0,
    redis: ofRedis ?? 0,
    operations,
    logBytes: sum(logBytes),
  }
}

function report(runs: readonly Run[]): void {
  print(
    `${clients} clients, ${people} people of ${ordersEach} orders; nine lists of 20 to one new order`,
  )
  printTable([
    [
      '',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'CPU ms each: API',
      'Postgres',
      'Redis',
      'connections',
      'Redis calls each',
      'log bytes each',
      'failed',
    ],
    ...runs.map((run) => [
      `${run.processes} of the API`,
      run.perSecond.toFixed(0),
      run.p50.toFixed(1),
      run.p99.toFixed(1),
      ...run.cpuMs.map((ms) => ms.toFixed(2)),
      String(run.connections),
      run.redisOperations.toFixed(1),
      run.logBytes.toFixed(0),
      String(run.failed),
    ]),
  ])
  if (runs.some(({ failed }) => failed > 0)) process.exitCode = 1
}

await measureScaling(readNumber(0, 'The number of seconds', 10))
