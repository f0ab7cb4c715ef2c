import { describe, expect, test } from 'vitest'
import { createLane } from './create-lane.ts'
import { findProgram } from './programs.ts'

const found = {
  CHROMIUM: '/usr/bin/chromium',
  CLAMD: '/usr/sbin/clamd',
  REDIS_SERVER: '/usr/bin/redis-server',
  PROMTOOL: '/usr/bin/promtool',
  KUBECTL: '/usr/bin/kubectl',
  PGBOUNCER: '/usr/sbin/pgbouncer',
}
const none = {
  CHROMIUM: null,
  CLAMD: null,
  REDIS_SERVER: null,
  PROMTOOL: null,
  KUBECTL: null,
  PGBOUNCER: null,
}
const embedded = { TEST_BACKEND: 'embedded' }

describe.each([
  ['CHROMIUM', 'browser', 'No Chromium: the browser tests are left out.'],
  ['CLAMD', 'clamd', 'No clamd: the tests of the real scanner are left out.'],
  ['REDIS_SERVER', 'redis-server', 'No redis-server: the tests that start one are left out.'],
  ['PROMTOOL', 'promtool', 'No promtool: the tests of rules for Prometheus are left out.'],
  ['PGBOUNCER', 'pgbouncer', 'No pgbouncer: the tests of a pooler are left out.'],
  ['KUBECTL', 'kubectl', 'No kubectl: the tests of deploy/kubernetes are left out.'],
] as const)('tests that need %s', (name, files, leftOut) => {
  test.each([
    ['left out, aloud, without it', {}, null, true],
    ['run by it', {}, found[name], false],
    ['run in CI without it, to fail', { CI: 'true' }, null, false],
    ['run where it is required, to fail', { [`REQUIRE_${name}`]: '1' }, null, false],
  ])('are %s', async (_name, environment, path, isLeftOut) => {
    const lines: string[] = []
    const announce = (line: string) => lines.push(line)
    const options = { programs: { ...found, [name]: path }, announce }
    const { exclude, env } = await createLane({ ...embedded, ...environment }, options)
    expect(exclude?.includes(`**/*.${files}.test.ts`)).toBe(isLeftOut)
    expect(env?.[name]).toBe(path ?? '')
    expect(lines).toEqual(isLeftOut ? [leftOut] : [])
  })
})

test('a lane of its own runs its files alone, which the tests leave out', async () => {
  const faults = 'apps/*/test/**/*.faults.test.ts'
  const options = { programs: none, announce: () => {} }
  const tests = await createLane(embedded, options)
  expect(tests).toMatchObject({ exclude: expect.arrayContaining([faults]), retry: 0 })
  const lane = await createLane({ ...embedded, LANE: 'faults' }, options)
  expect(lane).toMatchObject({ include: [faults], maxWorkers: 1 })
  expect(lane.exclude).not.toContain(faults)
})

test('the Redis server that is named comes first, and only one that exists counts', () => {
  const named = { REDIS_SERVER: '/opt/valkey-server' }
  expect(findProgram('REDIS_SERVER', named, () => true)).toBe('/opt/valkey-server')
  expect(findProgram('REDIS_SERVER', named, (path) => path !== '/opt/valkey-server')).toBe(
    '/usr/bin/redis-server',
  )
  expect(findProgram('REDIS_SERVER', {}, () => false)).toBeNull()
})

test('the Chromium that is named comes first, and only one that exists counts', () => {
  const named = { CHROMIUM: '/opt/chromium' }
  expect(findProgram('CHROMIUM', named, () => true)).toBe('/opt/chromium')
  expect(findProgram('CHROMIUM', named, (path) => path !== '/opt/chromium')).toBe(
    '/usr/bin/chromium',
  )
  expect(findProgram('CHROMIUM', {}, (path) => path === '/usr/bin/google-chrome')).toBe(
    '/usr/bin/google-chrome',
  )
  expect(findProgram('CHROMIUM', named, () => false)).toBeNull()
})

test('the clamd that is named comes first, and only one that exists counts', () => {
  const named = { CLAMD: '/opt/clamd' }
  expect(findProgram('CLAMD', named, () => true)).toBe('/opt/clamd')
  expect(findProgram('CLAMD', named, (path) => path !== '/opt/clamd')).toBe('/usr/sbin/clamd')
  expect(findProgram('CLAMD', named, () => false)).toBeNull()
})

test('the promtool that is named comes first, and only one that exists counts', () => {
  const named = { PROMTOOL: '/opt/promtool' }
  expect(findProgram('PROMTOOL', named, () => true)).toBe('/opt/promtool')
  expect(findProgram('PROMTOOL', named, (path) => path !== '/opt/promtool')).toBe(
    '/usr/bin/promtool',
  )
  expect(findProgram('PROMTOOL', {}, () => false)).toBeNull()
})

test('the pooler’s lane runs the tests of security, and nothing else', async () => {
  const lane = await createLane(
    { ...embedded, LANE: 'pooler' },
    { programs: none, announce: () => {} },
  )
  expect(lane).toMatchObject({ include: ['apps/api/test/security/**/*.test.ts'], retry: 0 })
})

test('the pgbouncer that is named comes first, and only one that exists counts', () => {
  const named = { PGBOUNCER: '/opt/pgbouncer' }
  expect(findProgram('PGBOUNCER', named, () => true)).toBe('/opt/pgbouncer')
  expect(findProgram('PGBOUNCER', named, (path) => path !== '/opt/pgbouncer')).toBe(
    '/usr/sbin/pgbouncer',
  )
  expect(findProgram('PGBOUNCER', {}, () => false)).toBeNull()
})

test('the kubectl that is named comes first, and only one that exists counts', () => {
  const named = { KUBECTL: '/opt/kubectl' }
  expect(findProgram('KUBECTL', named, () => true)).toBe('/opt/kubectl')
  expect(findProgram('KUBECTL', named, (path) => path !== '/opt/kubectl')).toBe('/usr/bin/kubectl')
  expect(findProgram('KUBECTL', named, () => false)).toBeNull()
})
