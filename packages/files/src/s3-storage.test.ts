import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startBucket } from '../test/start-bucket.ts'
import type { FileStorage } from './file-storage.ts'
import { openStorage } from './open-storage.ts'
import { createS3Storage } from './s3-storage.ts'

const account = { key: 'AKIAKEY', secret: 'a/secret+with=signs@', region: 'eu-central-1' }
let bucket: Awaited<ReturnType<typeof startBucket>>
let storage: FileStorage

beforeAll(async () => {
  bucket = await startBucket(account)
  storage = openStorage(bucket.urlFor(account))
})
beforeEach(() => bucket.breakBy('none'))
afterAll(() => bucket.close())

const content = Buffer.from([0, 1, 255])

test('what is put under a key is what one gets, until it is deleted; each request is signed', async () => {
  const key = crypto.randomUUID()
  expect(await storage.get(key)).toBeNull()
  await storage.put(key, content)
  expect([...bucket.objects.keys()]).toEqual([`/files/${key}`])
  expect(await storage.get(key)).toEqual(content)
  await storage.delete(key)
  await storage.delete(key)
  expect(await storage.get(key)).toBeNull()
})

test.each([
  ['another secret', { ...account, secret: 'other' }],
  ['another key', { ...account, key: 'OTHER' }],
  ['another region', { ...account, region: 'us-east-1' }],
])('%s is refused by the bucket, and nothing of it is told', async (_name, wrong) => {
  const refused = createS3Storage(bucket.urlFor(wrong))
  await expect(refused.put(crypto.randomUUID(), content)).rejects.toMatchObject({
    code: 'unavailable',
  })
  await expect(refused.get(crypto.randomUUID())).rejects.toMatchObject({ code: 'unavailable' })
  expect(bucket.objects.size).toBe(0)
})

describe('a bucket that', () => {
  test.each(['refuses', 'hangs', 'redirects'] as const)(
    '%s is unavailable, in time',
    async (fault) => {
      const impatient = createS3Storage(bucket.urlFor(account), { timeoutMs: 200 })
      const key = crypto.randomUUID()
      await storage.put(key, content)
      bucket.breakBy(fault)
      const start = performance.now()
      for (const ask of [
        () => impatient.put(key, content),
        () => impatient.get(key),
        () => impatient.delete(key),
      ]) {
        await expect(ask()).rejects.toMatchObject({ code: 'unavailable' })
      }
      expect(performance.now() - start).toBeLessThan(8_000)
      bucket.breakBy('none')
      expect(await storage.get(key)).toEqual(content)
      await storage.delete(key)
    },
  )

  test('answers with more than any file is not read to its end', async () => {
    bucket.breakBy('endless')
    await expect(storage.get(crypto.randomUUID())).rejects.toMatchObject({ code: 'unavailable' })
  })
})

test.each(['../other-bucket/x', 'x?acl', '', 'a'])('%j is no key', async (key) => {
  await expect(storage.put(key, content)).rejects.toThrow('UUID')
  await expect(storage.get(key)).rejects.toThrow('UUID')
  await expect(storage.delete(key)).rejects.toThrow('UUID')
})
