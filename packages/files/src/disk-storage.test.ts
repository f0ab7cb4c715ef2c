import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDiskStorage } from './disk-storage.ts'
import { openStorage } from './open-storage.ts'

let parent: string
let folder: string

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rampart-storage-'))
  folder = join(parent, 'files')
})
afterAll(() => rm(parent, { recursive: true }))

test('what is put under a key is what one gets, until it is deleted', async () => {
  const storage = openStorage(pathToFileURL(folder).href)
  const key = crypto.randomUUID()
  expect(await storage.get(key)).toBeNull()
  await storage.put(key, Buffer.from([0, 1, 255]))
  expect(await storage.get(key)).toEqual(Buffer.from([0, 1, 255]))
  await storage.delete(key)
  await storage.delete(key)
  expect(await storage.get(key)).toBeNull()
})

test('only this user can read it, and nothing unfinished stays', async () => {
  const key = crypto.randomUUID()
  await createDiskStorage(folder).put(key, Buffer.from('x'))
  expect(await readdir(folder)).toEqual([key])
  expect((await stat(join(folder, key))).mode & 0o777).toBe(0o600)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

test.each([
  '../x',
  '/etc/passwd',
  '..',
  '',
  'a',
  crypto.randomUUID().toUpperCase(),
  `${crypto.randomUUID()}/../x`,
  `${crypto.randomUUID()}\n`,
])('%j is no key, to any method', async (key) => {
  const storage = createDiskStorage(folder)
  await expect(storage.put(key, Buffer.from('x'))).rejects.toThrow('UUID')
  await expect(storage.get(key)).rejects.toThrow('UUID')
  await expect(storage.delete(key)).rejects.toThrow('UUID')
  expect(await readdir(parent)).toEqual(['files'])
})
