import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openRedis } from '@repo/redis'
import { expect, test } from 'vitest'
import { createLimiter } from './limiter.ts'

const mebibyte = 1024 * 1024

/** The bytes that are in use when everything unreachable is gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

test('100 000 addresses take a few mebibytes of a process without Redis, and each is counted', async () => {
  const redis = openRedis({ kind: 'upstash', url: 'http://127.0.0.1:9', token: 'token' })
  const limiter = createLimiter({ redis: redis.client })
  const count = (key: string) => limiter.decide([{ name: 'login', key }])
  await count('the first')
  const before = heapBytes()
  for (let address = 0; address < 100_000; address += 1) await count(`address ${address}`)
  const grown = heapBytes() - before
  expect(await count('address 99999')).toMatchObject({ degraded: true, remaining: 18 })
  // Without bounds: 14.
  expect(grown / mebibyte).toBeLessThan(7)
  await redis.close()
}, 60_000)
