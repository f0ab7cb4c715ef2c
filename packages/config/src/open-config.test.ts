import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { startReceiver } from '@repo/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startSecretsManager, type TestSecretsManager } from '../test/start-secrets-manager.ts'
import type { ConfigError } from './config-error.ts'
import { type Config, loadConfig } from './load-config.ts'
import { loadWorkerConfig } from './load-worker-config.ts'
import { type OpenConfig, openConfig, type Reading, readVariables } from './open-config.ts'
import type { Variables } from './redis-config.ts'
import { type SecretSource, SecretSourceError } from './sources/secret-source.ts'

const newKey = () => randomBytes(32).toString('base64')
const urlWith = (password: string) => `postgresql://rampart_app:${password}@db.internal/rampart`
const canary = 'cAnArY7fQ2Lm31wZ8'
const development = {
  ENCRYPTION_KEYS: `k1:${newKey()}`,
  SMTP_URL: 'file:///tmp/outbox',
  DATABASE_URL: urlWith(canary),
  REDIS_URL: 'redis://localhost:6379',
}
const { DATABASE_URL: _, ...withoutDatabase } = development

let folder: string
let manager: TestSecretsManager
const opened: OpenConfig<unknown>[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-secrets-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  manager = await startSecretsManager()
  // The SDK reads these by itself.
  for (const [name, value] of Object.entries(manager.environment)) vi.stubEnv(name, value)
})
afterEach(async () => {
  for (const one of opened.splice(0)) one.close()
  await manager.close()
  vi.unstubAllEnvs()
  expect(manager.problems).toEqual([])
})

async function open(variables: Variables, options: { source?: SecretSource } = {}) {
  const config = await openConfig(loadConfig, { variables, ...options })
  opened.push(config)
  return config
}
const openWithAws = (variables: Variables) => open({ ...manager.environment, ...variables })

/** With the URL of the database as a secret; what it tells of reading it again. */
async function openWithSecret() {
  manager.put('rampart/database', development.DATABASE_URL)
  const variables = { ...withoutDatabase, DATABASE_URL_SECRET_ID: 'rampart/database' }
  const config = await openWithAws(variables)
  const readings: Reading<Config>[] = []
  config.watch((reading) => readings.push(reading))
  return { config, readings }
}

async function problemsOf(variables: Variables): Promise<readonly string[]> {
  const refused: unknown = await open(variables).catch((error: unknown) => error)
  expect(inspect(refused, { depth: 9 })).not.toContain(canary)
  return (refused as ConfigError).problems
}

async function fileOf(text: string): Promise<string> {
  const path = join(folder, randomBytes(6).toString('hex'))
  await writeFile(path, text)
  return path
}
// A second passes between two readings.
const within = { timeout: 10_000 }
const databaseOf = (config: OpenConfig<Config>) => config.current().databaseUrl.reveal()

test('what stands in the variables alone needs nothing else', async () => {
  const config = await open(development)
  expect(databaseOf(config)).toBe(development.DATABASE_URL)
  await config.refresh()
  expect(manager.calls).toEqual([])
})

test.each(['', '\n', '\r\n'])('a value may stand in a file, which ends with %j', async (end) => {
  const path = await fileOf(`${development.DATABASE_URL}${end}`)
  const config = await open({ ...withoutDatabase, DATABASE_URL_FILE: path })
  expect(databaseOf(config)).toBe(development.DATABASE_URL)
})

test('a value may be a secret, or a field of one, which is read once', async () => {
  const { DATABASE_URL, ENCRYPTION_KEYS, ...rest } = development
  manager.put('rampart/database', JSON.stringify({ url: DATABASE_URL, keys: ENCRYPTION_KEYS }))
  manager.put('rampart/smtp', rest.SMTP_URL)
  const config = await openWithAws({
    REDIS_URL: rest.REDIS_URL,
    DATABASE_URL_SECRET_ID: 'rampart/database#url',
    ENCRYPTION_KEYS_SECRET_ID: 'rampart/database#keys',
    SMTP_URL_SECRET_ID: 'rampart/smtp',
  })
  expect(databaseOf(config)).toBe(DATABASE_URL)
  expect(config.current().smtpUrl.reveal()).toBe(rest.SMTP_URL)
  expect(manager.calls).toHaveLength(2)
})

test('one secret may hold many variables; what is given otherwise comes first', async () => {
  const bundle = { ...development, SMTP_URL: 'file:///tmp/other', UNHEARD_OF: 'x', PORT: 4000 }
  manager.put('rampart/all', JSON.stringify(bundle))
  const config = await openWithAws({ SECRETS_ID: 'rampart/all', SMTP_URL: development.SMTP_URL })
  expect(databaseOf(config)).toBe(development.DATABASE_URL)
  expect(config.current().smtpUrl.reveal()).toBe(development.SMTP_URL)
  expect(config.current().port).toBe(4000)
})

test('the worker and the providers of log-ins read theirs the same way', async () => {
  const secret = await fileOf('of-the-provider')
  const provider = { OIDC_ACME_ISSUER: 'https://id.acme.test', OIDC_ACME_CLIENT_ID: 'rampart' }
  const api = await open({ ...development, ...provider, OIDC_ACME_CLIENT_SECRET_FILE: secret })
  expect(api.current().externalProviders[0]?.clientSecret.reveal()).toBe('of-the-provider')
  const url = await fileOf(urlWith('of-the-worker'))
  const variables = { ...withoutDatabase, DATABASE_WORKER_URL_FILE: url }
  const worker = await openConfig(loadWorkerConfig, { variables })
  opened.push(worker)
  expect(worker.current().databaseWorkerUrl.reveal()).toBe(urlWith('of-the-worker'))
})

test('files of other names are left to others', async () => {
  await open({
    ...development,
    SSL_CERT_FILE: '/nowhere',
    TLS_KEY_FILE: undefined,
    X_SECRET_ID: 'x',
  })
})

test('all that is wrong is said at once, each thing once and without a value', async () => {
  manager.put('rampart/text', canary)
  manager.put('rampart/fields', JSON.stringify({ other: canary }))
  manager.put('rampart/binary', null)
  const problems = await problemsOf({
    ...manager.environment,
    SMTP_URL_FILE: '/nowhere/at/all',
    REDIS_URL_FILE: await fileOf('\n'),
    DATABASE_URL: development.DATABASE_URL,
    DATABASE_URL_FILE: await fileOf(development.DATABASE_URL),
    DATABASE_PLATFORM_URL_SECRET_ID: 'rampart/none',
    ENCRYPTION_KEYS_SECRET_ID: 'rampart/fields#keys',
    S3_URL_SECRET_ID: 'rampart/text#url',
    CLAMD_URL_SECRET_ID: 'rampart/fields#constructor',
    ORIGIN_SECRETS_SECRET_ID: 'rampart/binary',
    LOG_LEVEL: 'loud',
  })
  expect(problems.toSorted()).toEqual([
    'CLAMD_URL_SECRET_ID names a secret without the field constructor.',
    'DATABASE_PLATFORM_URL_SECRET_ID names no secret.',
    'DATABASE_URL, DATABASE_URL_FILE and DATABASE_URL_SECRET_ID: give one of them.',
    'ENCRYPTION_KEYS_SECRET_ID names a secret without the field keys.',
    'LOG_LEVEL must be trace, debug, info, warn, error or fatal.',
    'ORIGIN_SECRETS_SECRET_ID names a secret that is no text.',
    'REDIS_URL_FILE holds nothing.',
    'S3_URL_SECRET_ID names a secret that is no JSON object.',
    'SMTP_URL_FILE cannot be read.',
  ])
})

test.each([
  ['an unknown provider', { SECRETS_PROVIDER: 'vault' }, 'SECRETS_PROVIDER must be env or aws.'],
  [
    'no region',
    { SECRETS_PROVIDER: 'aws', AWS_REGION: '' },
    'AWS_REGION is missing, or no region: SECRETS_PROVIDER=aws needs one.',
  ],
  [
    'a secret without a provider',
    { SECRETS_ID: 'rampart/all' },
    'SECRETS_ID needs SECRETS_PROVIDER=aws.',
  ],
] as const)('%s is refused', async (_what, changes, problem) => {
  expect(await problemsOf({ ...development, ...changes })).toEqual([problem])
})

describe('folders', () => {
  const { ENCRYPTION_KEYS: keys, DATABASE_URL: url, ...given } = development
  async function folderOf(files: Readonly<Record<string, string>>) {
    const path = join(folder, randomBytes(6).toString('hex'))
    await mkdir(path)
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
    return path
  }

  test('hold a file for each variable; another file is nobody’s business', async () => {
    const shared = await folderOf({ ENCRYPTION_KEYS: `${keys}\n`, 'notes.txt': canary })
    const own = await folderOf({ LOG_LEVEL: 'warn' })
    // As Kubernetes mounts them: links into a folder of the version.
    await symlink(await fileOf(url), join(own, 'DATABASE_URL'))
    const config = await open({ ...given, SECRETS_FOLDERS: `${shared}, ${own}` })
    expect([databaseOf(config), config.current().logLevel]).toEqual([url, 'warn'])
  })

  test('are read again: what is replaced or added there is known', async () => {
    const own = await folderOf({ ENCRYPTION_KEYS: keys, DATABASE_URL: url })
    const config = await open({ ...given, SECRETS_FOLDERS: own })
    await writeFile(join(own, 'DATABASE_URL'), urlWith('another-of-them-8Xq2'))
    await writeFile(join(own, 'SECURITY_CONTACT'), 'mailto:security@acme.test')
    await vi.waitFor(async () => {
      await config.refresh()
      expect(databaseOf(config)).toBe(urlWith('another-of-them-8Xq2'))
      expect(config.current().securityContact).toBe('mailto:security@acme.test')
    }, within)
  })

  test('give way to what a variable says, or says where it is', async () => {
    const own = await folderOf({ ENCRYPTION_KEYS: 'x', DATABASE_URL: 'x', LOG_LEVEL: 'x' })
    const named = { DATABASE_URL_FILE: await fileOf(url), LOG_LEVEL: 'warn' }
    const config = await open({
      ...given,
      ...named,
      ENCRYPTION_KEYS: keys,
      SECRETS_FOLDERS: own,
    })
    expect([databaseOf(config), config.current().logLevel]).toEqual([url, 'warn'])
  })

  test('that are not there, hold nothing, or the same twice, are refused', async () => {
    const good = { ...development, SECRETS_FOLDERS: join(folder, 'nowhere') }
    expect(await problemsOf(good)).toEqual(['SECRETS_FOLDERS has a folder that cannot be read.'])
    const [one, two] = [
      await folderOf({ ENCRYPTION_KEYS: keys, REDIS_URL: '\n' }),
      await folderOf({ ENCRYPTION_KEYS: keys }),
    ]
    const { REDIS_URL: _redis, ...withoutRedis } = { ...given, DATABASE_URL: url }
    expect(await problemsOf({ ...withoutRedis, SECRETS_FOLDERS: `${one},${two}` })).toEqual([
      'ENCRYPTION_KEYS, ENCRYPTION_KEYS_FILE and ENCRYPTION_KEYS_SECRET_ID: give one of them.',
      'REDIS_URL in SECRETS_FOLDERS holds nothing.',
    ])
  })

  test('with the owner of the database are no folders of a process that serves', async () => {
    const own = await folderOf({ ENCRYPTION_KEYS: keys, DATABASE_URL: url })
    const production = { ...given, NODE_ENV: 'production', SECRETS_FOLDERS: own }
    const refused = 'DATABASE_OWNER_URL does not belong here: only migrations may hold the owner.'
    expect(await problemsOf(production)).not.toContain(refused)
    await writeFile(join(own, 'DATABASE_OWNER_URL'), urlWith(canary))
    expect(await problemsOf(production)).toContain(refused)
  })

  test('are read once for a command', async () => {
    const own = await folderOf({ DATABASE_OWNER_URL: url })
    expect(await readVariables({ PORT: '1', EMPTY: '', SECRETS_FOLDERS: own })).toEqual({
      PORT: '1',
      SECRETS_FOLDERS: own,
      DATABASE_OWNER_URL: url,
    })
    await writeFile(join(own, 'DATABASE_ADMIN_URL'), '')
    await expect(readVariables({ SECRETS_FOLDERS: own })).rejects.toThrow(
      'DATABASE_ADMIN_URL in SECRETS_FOLDERS holds nothing.',
    )
  })
})

test('throttling at the start is waited out', async () => {
  manager.put('rampart/database', development.DATABASE_URL)
  manager.behave('throttle the first')
  const config = await openWithAws({
    ...withoutDatabase,
    DATABASE_URL_SECRET_ID: 'rampart/database',
  })
  expect(databaseOf(config)).toBe(development.DATABASE_URL)
  expect(manager.calls).toHaveLength(2)
})

test.each([
  ['cut', 'cannot be read: AWS Secrets Manager did not answer'],
  ['throttle', 'cannot be read: AWS Secrets Manager did not answer (ThrottlingException).'],
  ['deny', 'names a secret that this role has no right to.'],
] as const)('an outage at the start (%s) is a clear refusal', async (behaviour, reason) => {
  manager.put('rampart/database', development.DATABASE_URL)
  manager.behave(behaviour)
  const variables = { ...withoutDatabase, DATABASE_URL_SECRET_ID: 'rampart/database' }
  const [problem, ...others] = await problemsOf({ ...manager.environment, ...variables })
  expect(problem).toContain(`DATABASE_URL_SECRET_ID ${reason}`)
  expect(others).toEqual([])
})

test('a secret that is rotated is read anew, and who watches is told its variable alone', async () => {
  const { config, readings } = await openWithSecret()
  await config.refresh()
  expect(readings).toEqual([])
  manager.put('rampart/database', urlWith('rotated'))
  await vi.waitUntil(async () => {
    await config.refresh()
    return readings.length > 0
  }, within)
  expect(readings).toEqual([{ kind: 'changed', names: ['DATABASE_URL'], config: config.current() }])
  expect(databaseOf(config)).toBe(urlWith('rotated'))
})

test('it is read again by itself, the file too', async () => {
  const path = await fileOf(development.DATABASE_URL)
  const refreshed = { SECRETS_REFRESH_SECONDS: '1', DATABASE_URL_FILE: path }
  const config = await open({ ...withoutDatabase, ...refreshed })
  await writeFile(path, urlWith('rotated'))
  await expect.poll(() => databaseOf(config), { timeout: 10_000 }).toBe(urlWith('rotated'))
})

test('of many who ask at once one reads', async () => {
  const { config } = await openWithSecret()
  await Promise.all(Array.from({ length: 50 }, () => config.refresh()))
  expect(manager.calls).toHaveLength(2)
})

test.each([
  ['a manager that is gone', (one: TestSecretsManager) => one.behave('deny')],
  ['a value that is not fit', (one: TestSecretsManager) => one.put('rampart/database', canary)],
] as const)('%s changes nothing, is told, and is over when it is over', async (_what, harm) => {
  const { config, readings } = await openWithSecret()
  harm(manager)
  await config.refresh()
  expect(readings).toEqual([
    { kind: 'failed', problems: [expect.stringContaining('DATABASE_URL')] },
  ])
  expect(JSON.stringify(readings)).not.toContain(canary)
  expect(databaseOf(config)).toBe(development.DATABASE_URL)
  manager.behave('answer')
  manager.put('rampart/database', urlWith('mended'))
  await vi.waitUntil(async () => {
    await config.refresh()
    return databaseOf(config) === urlWith('mended')
  }, within)
})

/** HashiCorp Vault's key-value engine, version 2. */
const openVault = (address: string, token: string): SecretSource => ({
  async read(id) {
    const headers = { 'x-vault-token': token }
    const answer = await fetch(`${address}/v1/${id}`, { headers }).catch(() => null)
    if (!answer) throw new SecretSourceError('cannot be read: Vault did not answer')
    if (!answer.ok) throw new SecretSourceError('names no secret that this token may read')
    const { data } = (await answer.json()) as { data: { data: object } }
    return JSON.stringify(data.data)
  },
})

test("another source is some lines: HashiCorp Vault's", async () => {
  const vault = await startReceiver({
    answer(response, { path, headers }) {
      const isRight = path === '/v1/secret/data/rampart' && headers['x-vault-token'] === 't'
      response.writeHead(isRight ? 200 : 403)
      response.end(JSON.stringify({ data: { data: { url: development.DATABASE_URL } } }))
    },
  })
  const address = `http://127.0.0.1:${vault.port}`
  const variables = { ...withoutDatabase, DATABASE_URL_SECRET_ID: 'secret/data/rampart#url' }
  const config = await open(variables, { source: openVault(address, 't') })
  expect(databaseOf(config)).toBe(development.DATABASE_URL)
  await expect(open(variables, { source: openVault(address, 'x') })).rejects.toThrow(
    'DATABASE_URL_SECRET_ID names no secret that this token may read.',
  )
  await vault.close()
})

test('whatever a value that is read again does to its reading, the process goes on', async () => {
  const path = await fileOf(development.DATABASE_URL)
  const variables = { ...withoutDatabase, DATABASE_URL_FILE: path, SECRETS_REFRESH_SECONDS: '1' }
  const load = (given: Variables, unread: ReadonlyMap<string, string>) => {
    if (given['DATABASE_URL'] === 'boom') throw new URIError('URI malformed')
    return loadConfig(given, unread)
  }
  const config = await openConfig(load, { variables })
  opened.push(config)
  const readings: Reading<Config>[] = []
  config.watch((reading) => readings.push(reading))
  await writeFile(path, 'boom')
  await expect
    .poll(() => readings.at(-1), within)
    .toEqual({
      kind: 'failed',
      problems: ['What was read is not fit to be used.'],
    })
  expect(databaseOf(config)).toBe(development.DATABASE_URL)
  await writeFile(path, urlWith('kX9vR2mQ7tL4wZ8nB3'))
  await expect.poll(() => databaseOf(config), within).toContain('kX9vR2mQ7tL4wZ8nB3')
})
