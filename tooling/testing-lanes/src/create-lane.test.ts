import { expect, test } from 'vitest'
import { createLane } from './create-lane.ts'
import { findChromium } from './find-chromium.ts'
import { findClamd } from './find-clamd.ts'
import { findRedisServer } from './find-redis-server.ts'

const browserOnly = '**/*.browser.test.ts'
const clamdOnly = '**/*.clamd.test.ts'
const redisServerOnly = '**/*.redis-server.test.ts'
const found = {
  chromium: '/usr/bin/chromium',
  clamd: '/usr/sbin/clamd',
  redisServer: '/usr/bin/redis-server',
}
const embedded = { TEST_BACKEND: 'embedded' }

test.each([
  ['left out, aloud, without a Chromium', {}, null, true],
  ['run by a Chromium', {}, '/usr/bin/chromium', false],
  ['run in CI without a Chromium, to fail', { CI: 'true' }, null, false],
  ['run where REQUIRE_CHROMIUM is set, to fail', { REQUIRE_CHROMIUM: '1' }, null, false],
])('browser tests are %s', async (_name, environment, chromium, isLeftOut) => {
  const lines: string[] = []
  const announce = (line: string) => lines.push(line)
  const options = { ...found, chromium, announce }
  const { exclude, env } = await createLane({ ...embedded, ...environment }, options)
  expect(exclude?.includes(browserOnly)).toBe(isLeftOut)
  expect(env?.['CHROMIUM']).toBe(chromium ?? '')
  expect(lines).toEqual(isLeftOut ? ['No Chromium: the browser tests are left out.'] : [])
})

test.each([
  ['left out, aloud, without a clamd', {}, null, true],
  ['run by a clamd', {}, '/usr/sbin/clamd', false],
  ['run in CI without a clamd, to fail', { CI: 'true' }, null, false],
  ['run where REQUIRE_CLAMD is set, to fail', { REQUIRE_CLAMD: '1' }, null, false],
])('tests of the real scanner are %s', async (_name, environment, clamd, isLeftOut) => {
  const lines: string[] = []
  const announce = (line: string) => lines.push(line)
  const options = { ...found, clamd, announce }
  const { exclude, env } = await createLane({ ...embedded, ...environment }, options)
  expect(exclude?.includes(clamdOnly)).toBe(isLeftOut)
  expect(env?.['CLAMD']).toBe(clamd ?? '')
  expect(lines).toEqual(isLeftOut ? ['No clamd: the tests of the real scanner are left out.'] : [])
})

test('a lane of its own runs its files alone, which the tests leave out', async () => {
  const faults = 'apps/*/test/**/*.faults.test.ts'
  const options = { chromium: null, clamd: null, announce: () => {} }
  const tests = await createLane(embedded, options)
  expect(tests).toMatchObject({ exclude: expect.arrayContaining([faults]), retry: 0 })
  const lane = await createLane({ ...embedded, LANE: 'faults' }, options)
  expect(lane).toMatchObject({ include: [faults], maxWorkers: 1 })
  expect(lane.exclude).not.toContain(faults)
})

test.each([
  ['left out, aloud, without a redis-server', {}, null, true],
  ['run by a redis-server', {}, '/usr/bin/redis-server', false],
  ['run in CI without a redis-server, to fail', { CI: 'true' }, null, false],
  ['run where REQUIRE_REDIS_SERVER is set, to fail', { REQUIRE_REDIS_SERVER: '1' }, null, false],
])(
  'tests with a Redis server of their own are %s',
  async (_name, environment, server, isLeftOut) => {
    const lines: string[] = []
    const announce = (line: string) => lines.push(line)
    const options = { ...found, redisServer: server, announce }
    const { exclude, env } = await createLane({ ...embedded, ...environment }, options)
    expect(exclude?.includes(redisServerOnly)).toBe(isLeftOut)
    expect(env?.['REDIS_SERVER']).toBe(server ?? '')
    const leftOut = 'No redis-server: the tests that start one are left out.'
    expect(lines).toEqual(isLeftOut ? [leftOut] : [])
  },
)

test('the Redis server that is named comes first, and only one that exists counts', () => {
  const named = { REDIS_SERVER: '/opt/valkey-server' }
  expect(findRedisServer(named, () => true)).toBe('/opt/valkey-server')
  expect(findRedisServer(named, (path) => path !== '/opt/valkey-server')).toBe(
    '/usr/bin/redis-server',
  )
  expect(findRedisServer({}, () => false)).toBeNull()
})

test('the Chromium that is named comes first, and only one that exists counts', () => {
  const named = { CHROMIUM: '/opt/chromium' }
  expect(findChromium(named, () => true)).toBe('/opt/chromium')
  expect(findChromium(named, (path) => path !== '/opt/chromium')).toBe('/usr/bin/chromium')
  expect(findChromium({}, (path) => path === '/usr/bin/google-chrome')).toBe(
    '/usr/bin/google-chrome',
  )
  expect(findChromium(named, () => false)).toBeNull()
})

test('the clamd that is named comes first, and only one that exists counts', () => {
  const named = { CLAMD: '/opt/clamd' }
  expect(findClamd(named, () => true)).toBe('/opt/clamd')
  expect(findClamd(named, (path) => path !== '/opt/clamd')).toBe('/usr/sbin/clamd')
  expect(findClamd(named, () => false)).toBeNull()
})
