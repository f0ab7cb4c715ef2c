import { execFile, execFileSync } from 'node:child_process'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startSecretsManager, type TestSecretsManager } from '../../test/start-secrets-manager.ts'
import { openWritableVariable } from './open-writable-variable.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rampart-variable-')))
  path = join(folder, 'url')
  await writeFile(path, 'first\n')
})
afterEach(() => rm(folder, { recursive: true }))

async function openFile(at = path) {
  const variable = await openWritableVariable('DATABASE_URL', { DATABASE_URL_FILE: at })
  if (!variable) throw new Error('It is given.')
  return variable
}

describe('a file', () => {
  test('is replaced in one step, and keeps its mode', async () => {
    for (const mode of [0o600, 0o640, 0o644]) {
      await chmod(path, mode)
      const variable = await openFile()
      await variable.stage('second')
      expect(await variable.readStaged()).toBe('second')
      expect((await stat(`${path}.next`)).mode & 0o777).toBe(mode)
      await variable.publish('second')
      expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual([
        'second\n',
        mode,
      ])
      expect(await readdir(folder)).toEqual(['url'])
    }
  })

  test('of a folder is replaced like one that is named', async () => {
    const at = join(folder, 'secrets')
    await mkdir(at)
    await writeFile(join(at, 'DATABASE_URL'), 'first')
    const variable = await openWritableVariable('DATABASE_URL', { SECRETS_FOLDERS: at })
    await variable?.stage('second')
    await variable?.publish('second')
    expect(await readFile(join(at, 'DATABASE_URL'), 'utf8')).toBe('second\n')
    expect(await openWritableVariable('ENCRYPTION_KEYS', { SECRETS_FOLDERS: at })).toBe(null)
  })

  test('that a link leads to is replaced where it is', async () => {
    const link = join(folder, 'link')
    await symlink(path, link)
    const variable = await openFile(link)
    await variable.stage('second')
    await variable.publish('second')
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect(await readFile(path, 'utf8')).toBe('second\n')
  })

  test('is not written through a link that somebody has laid beside it', async () => {
    const elsewhere = join(folder, 'elsewhere')
    await writeFile(elsewhere, 'theirs')
    await symlink(elsewhere, `${path}.next`)
    const variable = await openFile()
    expect(await variable.readStaged()).toBe(null)
    await variable.stage('second')
    await variable.publish('second')
    expect([await readFile(path, 'utf8'), await readFile(elsewhere, 'utf8')]).toEqual([
      'second\n',
      'theirs',
    ])
    expect((await lstat(path)).isFile()).toBe(true)
  })

  test('whose next value was exchanged meanwhile is not published', async () => {
    const variable = await openFile()
    await variable.stage('second')
    await (await openFile()).stage('third')
    await expect(variable.publish('second')).rejects.toThrow('was changed meanwhile')
    expect(await readFile(path, 'utf8')).toBe('first\n')
    await variable.publish('third')
    expect(await readFile(path, 'utf8')).toBe('third\n')
  })

  test('that is not there, or in the environment, is told', async () => {
    const gone = await openFile(join(folder, 'gone'))
    await expect(gone.read()).rejects.toThrow('cannot be read')
    await expect(gone.stage('x')).rejects.toThrow('cannot be read')
    await expect(openWritableVariable('DATABASE_URL', { DATABASE_URL: 'x' })).rejects.toThrow(
      'stands in the environment',
    )
    expect(await openWritableVariable('DATABASE_URL', {})).toBe(null)
  })
})

/** Whoever may mount a file: root of a Linux that is no container. */
function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '--bind', '/etc/hostname', '/etc/hostname'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

test.runIf(mayMount())(
  'a file that is mounted by itself is refused before anything has changed',
  async () => {
    const mounted = join(folder, 'mounted')
    await writeFile(mounted, 'of the container')
    const script = `
      import { openWritableVariable } from ${JSON.stringify(new URL('./open-writable-variable.ts', import.meta.url).href)}
      const variable = await openWritableVariable('DATABASE_URL', { DATABASE_URL_FILE: ${JSON.stringify(mounted)} })
      console.log((await variable.read()).value, await variable.stage('second').catch((error) => error.message))`
    const command = `mount --bind ${path} ${mounted} && ${process.execPath} --input-type=module --eval "$0"`
    const { stdout } = await promisify(execFile)('unshare', ['-m', 'sh', '-c', command, script])
    expect(stdout.trim()).toBe(
      'first is mounted by itself, and cannot be replaced: mount its folder',
    )
    expect(await readdir(folder)).toEqual(['mounted', 'url'])
  },
)

describe('a secret', () => {
  let manager: TestSecretsManager
  beforeEach(async () => {
    manager = await startSecretsManager()
    for (const [name, value] of Object.entries(manager.environment)) vi.stubEnv(name, value)
    manager.put('all', JSON.stringify({ DATABASE_URL: 'first', ENCRYPTION_KEYS: 'a', PORT: 3_000 }))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await manager.close()
    expect(manager.problems).toEqual([])
  })

  const fields = (stage?: string) => JSON.parse(manager.read('all', stage) ?? '{}')
  async function open(name: string) {
    const given = { ...manager.environment, SECRETS_ID: 'all' }
    const variable = await openWritableVariable(name, given)
    if (!variable) throw new Error('It is given.')
    return variable
  }

  test('is kept where nobody reads it, and then current, its other fields as they were', async () => {
    const variable = await open('DATABASE_URL')
    await variable.stage('second')
    expect([fields().DATABASE_URL, await variable.readStaged()]).toEqual(['first', 'second'])
    await variable.publish('second')
    expect(fields()).toEqual({ DATABASE_URL: 'second', ENCRYPTION_KEYS: 'a', PORT: 3_000 })
    expect(fields('AWSPREVIOUS').DATABASE_URL).toBe('first')
    expect(await variable.readStaged()).toBe(null)
    // Nor is it taken for one when somebody changes the secret by hand.
    manager.put('all', JSON.stringify({ DATABASE_URL: 'third', ENCRYPTION_KEYS: 'c' }))
    expect(await variable.readStaged()).toBe(null)
  })

  test('with a rotation of another field that was cut off is left alone, until that one is finished', async () => {
    const url = await open('DATABASE_URL')
    await url.stage('second')
    const keys = await open('ENCRYPTION_KEYS')
    const said = 'was not finished, of DATABASE_URL: finish that one first'
    await expect(keys.readStaged()).rejects.toThrow(said)
    await expect(keys.stage('b')).rejects.toThrow(said)
    await expect(keys.publish('a')).rejects.toThrow(said)
    expect(await url.readStaged()).toBe('second')
    await url.publish('second')
    await keys.stage('b')
    await keys.publish('b')
    expect(fields()).toMatchObject({ DATABASE_URL: 'second', ENCRYPTION_KEYS: 'b' })
  })

  test('is published only as it was kept', async () => {
    const [one, two] = [await open('DATABASE_URL'), await open('DATABASE_URL')]
    await one.stage('second')
    await two.stage('third')
    await expect(one.publish('second')).rejects.toThrow('was changed meanwhile')
    await two.publish('third')
    await expect(two.publish('third')).rejects.toThrow('was changed meanwhile')
    expect(fields().DATABASE_URL).toBe('third')
  })

  test('without the variable is not where it stands', async () => {
    const given = { ...manager.environment, SECRETS_ID: 'all' }
    expect(await openWritableVariable('DATABASE_WORKER_URL', given)).toBe(null)
  })
})
