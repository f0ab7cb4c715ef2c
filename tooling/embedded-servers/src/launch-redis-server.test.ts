import { afterEach, beforeEach, expect, test } from 'vitest'
import { launchRedisServer } from './launch-redis-server.ts'

const given = process.env['REDIS_SERVER'] ?? ''

beforeEach(() => {
  process.env['REDIS_SERVER'] = ''
})
afterEach(() => {
  process.env['REDIS_SERVER'] = given
})

test('without a Redis server it says what to install', async () => {
  await expect(launchRedisServer()).rejects.toThrow('apt-get install redis-server')
})

test.each([
  ['is no program', '/nonexistent/redis-server'],
  ['ends at once', '/bin/false'],
])('a Redis server that %s is said not to have started', async (_name, path) => {
  process.env['REDIS_SERVER'] = path
  await expect(launchRedisServer()).rejects.toThrow('The Redis server did not start')
})
