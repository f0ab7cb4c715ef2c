import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTestDatabase,
  createTestRedis,
  findFreePort,
  openSql,
  startNode,
  type TestDatabase,
  type TestRedis,
} from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkInstallation } from './check-installation.ts'

const entry = new URL('./doctor.ts', import.meta.url).pathname
let database: TestDatabase
let redis: TestRedis

beforeAll(async () => {
  ;[database, redis] = await Promise.all([createTestDatabase(), createTestRedis()])
})
afterAll(() => Promise.all([database?.drop(), redis?.close()]))

async function ask(environment: Readonly<Record<string, string>> = {}) {
  const { ended, output } = startNode([entry], environment)
  return { code: await ended, said: output() }
}
const servers = () => ({
  BASE_URL: 'http://localhost:3000',
  DATABASE_URL: database.appUrl,
  DATABASE_OWNER_URL: database.ownerUrl,
  UPSTASH_REDIS_REST_URL: redis.url,
  UPSTASH_REDIS_REST_TOKEN: redis.token,
})

test('a machine as it is after the installation has nothing in the way', async () => {
  const { code, said } = await ask()
  expect(said).toContain('✓ What is installed is what the lockfile says')
  expect(said).toContain('left to pnpm dev')
  expect([code, said]).toEqual([0, expect.stringContaining('Nothing is in the way.')])
})

test('what some tests need and is not there is a note, not a problem', async () => {
  const { code, said } = await ask({ PROMTOOL: '/nowhere/promtool' })
  expect([code, said]).toEqual([0, expect.stringMatching(/[·✓] .*promtool/i)])
})

test('servers that are named are asked', async () => {
  const { code, said } = await ask(servers())
  for (const well of ['PostgreSQL 18', 'No migration is missing', 'Redis answers']) {
    expect(said).toMatch(new RegExp(`✓ ${well}`))
  }
  expect([code, said]).toEqual([0, expect.stringContaining('Nothing is in the way.')])
  const { DATABASE_OWNER_URL: _, ...others } = servers()
  expect((await ask(others)).said).toContain(
    '✗ DATABASE_URL names a database of yours, and DATABASE_OWNER_URL',
  )
})

test.each([
  [
    'a Postgres that is gone',
    async () => ({
      DATABASE_URL: `postgresql://a:hidden-word@127.0.0.1:${await findFreePort()}/c`,
    }),
    'DATABASE_URL: connect ECONNREFUSED',
  ],
  [
    'a log-in that is refused',
    async () => ({ DATABASE_URL: database.appUrl.replace(/:[^:@]+@/, ':hidden-word@') }),
    'password authentication failed',
  ],
  [
    'a Redis that is gone',
    async () => ({ UPSTASH_REDIS_REST_URL: `http://127.0.0.1:${await findFreePort()}` }),
    '✗ Redis: ',
  ],
])('%s is a problem with a way out, and no password is told', async (_what, change, problem) => {
  const { code, said } = await ask({ ...servers(), ...(await change()) })
  expect([code, said]).toEqual([1, expect.stringContaining(problem)])
  expect(said).not.toContain('hidden-word')
})

test('a migration that is missing is named', async () => {
  const behind = await createTestDatabase()
  const owner = openSql(behind.ownerUrl)
  await owner.run(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%rotating_keys'`)
  await owner.close()
  const { code, said } = await ask({ ...servers(), DATABASE_OWNER_URL: behind.ownerUrl })
  await behind.drop()
  expect([code, said]).toEqual([
    1,
    expect.stringContaining('1 migrations are missing, 20261128100000_rotating_keys'),
  ])
})

test('in production all that is missing is listed, without values', async () => {
  const { code, said } = await ask({
    NODE_ENV: 'production',
    DATABASE_URL: 'postgresql://postgres:postgres@localhost/x',
  })
  expect(code).toBe(1)
  for (const name of ['BASE_URL', 'ENCRYPTION_KEYS', "DATABASE_URL's password"]) {
    expect(said).toContain(`✗ The API: ${name}`)
  }
})

test('a lockfile that changed since the installation is a problem', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rampart-doctor-'))
  await mkdir(join(folder, 'node_modules/.pnpm'), { recursive: true })
  await writeFile(join(folder, 'pnpm-lock.yaml'), 'a: 1\n')
  const packages = async () => (await checkInstallation(folder)).map(({ what }) => what)[1]
  expect(await packages()).toBe('Nothing is installed.')
  await writeFile(join(folder, 'node_modules/.pnpm/lock.yaml'), 'a: 2\n')
  expect(await packages()).toContain('has changed since')
  await writeFile(join(folder, 'node_modules/.pnpm/lock.yaml'), 'a: 1\n')
  expect(await packages()).toContain('is what the lockfile says')
  await rm(folder, { recursive: true })
})
