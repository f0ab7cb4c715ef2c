import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readEncryptionKeys } from './encryption-keys.ts'
import { readState } from './state.ts'
import { readArguments, type StateFolder } from './state-folder.ts'

let folder: StateFolder

beforeEach(async () => {
  const path = await mkdtemp(join(tmpdir(), 'rampart-state-'))
  folder = readArguments(['--state', path]).folder
})

afterEach(() => rm(folder.path, { recursive: true, force: true }))

const readFolder = async () => JSON.parse(await readFile(folder.state, 'utf8'))

test('the encryption key is made once: 32 random bytes, for its owner alone', async () => {
  const keys = await readEncryptionKeys(folder, {})
  const [, key = ''] = /^development:([\w+/]{43}=)$/.exec(keys) ?? []
  expect(Buffer.from(key, 'base64')).toHaveLength(32)
  expect(await readFolder()).toMatchObject({ encryptionKey: key })
  expect((await stat(folder.state)).mode & 0o777).toBe(0o600)
  expect(await readEncryptionKeys(folder, {})).toBe(keys)
  await rm(folder.state)
  expect(await readEncryptionKeys(folder, {})).not.toBe(keys)
})

test("keys of one's own are used, and nothing is written", async () => {
  expect(await readEncryptionKeys(folder, { ENCRYPTION_KEYS: 'own:key' })).toBe('own:key')
  await expect(stat(folder.state)).rejects.toThrow('ENOENT')
  expect(await readEncryptionKeys(folder, { ENCRYPTION_KEYS: '' })).toMatch(/^development:/)
})

test('a state of an earlier version gets what came since, and loses nothing', async () => {
  const older = {
    adminPassword: 'a',
    ownerPassword: 'o',
    appPassword: 'p',
    workerPassword: 'w',
    postgresPort: 5433,
    unknown: ['kept'],
  }
  await mkdir(join(folder.postgres, 'data'), { recursive: true })
  await writeFile(folder.state, JSON.stringify(older))
  const state = await readState(folder)
  expect(state).toEqual({
    ...older,
    encryptionKey: expect.stringMatching(/^[\w+/]{43}=$/),
    platformPassword: expect.stringMatching(/^[\w-]{24}$/),
  })
  expect(await readFolder()).toEqual(state)
  expect(await readState(folder)).toEqual(state)
})
