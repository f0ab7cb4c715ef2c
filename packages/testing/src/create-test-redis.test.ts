import { expect, test } from 'vitest'
import { createTestRedis, type TestRedis } from './create-test-redis.ts'

async function command(redis: TestRedis, ...parts: string[]): Promise<unknown> {
  const response = await fetch(redis.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${redis.token}` },
    body: JSON.stringify(parts),
  })
  return response.json()
}

test('two Redis do not see each other’s keys', async () => {
  const [first, second] = await Promise.all([createTestRedis(), createTestRedis()])
  await command(first, 'SET', 'key', 'first')
  expect(await command(first, 'GET', 'key')).toEqual({ result: 'first' })
  expect(await command(second, 'GET', 'key')).toEqual({ result: null })
  await Promise.all([first.close(), second.close()])
})
