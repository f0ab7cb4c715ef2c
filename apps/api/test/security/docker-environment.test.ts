import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig, loadWorkerConfig, openConfig } from '@repo/config'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rampart-prepare-'))
  copyFileSync(
    join(import.meta.dirname, '../../../../docker/prepare.sh'),
    join(folder, 'prepare.sh'),
  )
})
afterEach(() => rmSync(folder, { recursive: true }))

const prepare = (...args: readonly string[]) =>
  spawnSync('sh', [join(folder, 'prepare.sh'), ...args], { encoding: 'utf8' })
const secretsOf = (name: string) => join(folder, 'secrets', name)

/** What compose.yaml gives to a container of that name. */
function environmentOf(name: string) {
  const lines = readFileSync(join(folder, '.env'), 'utf8').split('\n')
  const settings = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(/=(.*)/s))
  const folders = `${secretsOf('both')},${secretsOf(name)}`
  return { ...Object.fromEntries(settings), SECRETS_FOLDERS: folders, NODE_ENV: 'production' }
}

async function load<Loaded extends { readonly secretsRefreshSeconds: number }>(
  name: string,
  by: Parameters<typeof openConfig<Loaded>>[0],
) {
  const config = await openConfig(by, { variables: environmentOf(name) })
  config.close()
  return config.current()
}

/** What is left to be given. */
function giveTheRest(): void {
  writeFileSync(
    join(secretsOf('both'), 'SMTP_URL'),
    'smtps://u:d8Kq-2nPz-77Xw-Lm4c@mail.acme.test\n',
  )
  writeFileSync(
    join(folder, '.env'),
    `${readFileSync(join(folder, '.env'), 'utf8')}\nMAIL_FROM=a@acme.test\n`,
  )
}

describe.each([[['valkey']], [['redis']], [['upstash']], [[]]])(
  'docker/prepare.sh … %j',
  (args) => {
    it('prepares an installation to start with, but for its mail server', async () => {
      expect(prepare('https://api.example.com', ...args).status).toBe(0)
      await expect(load('api', loadConfig)).rejects.toThrow('MAIL_FROM is missing')
      await expect(load('worker', loadWorkerConfig)).rejects.toThrow(
        'SMTP_URL in SECRETS_FOLDERS holds nothing',
      )
      giveTheRest()
      expect((await load('api', loadConfig)).trustedProxies).toEqual(['172.28.77.10'])
      expect((await load('worker', loadWorkerConfig)).databaseWorkerUrl.reveal()).toContain(
        'rampart_worker',
      )
      await expect(load('migrate', loadConfig)).rejects.toThrow(
        'DATABASE_OWNER_URL does not belong here',
      )
    })
  },
)

test('no two installations have a secret in common, and the settings have none', () => {
  const secrets = () => {
    prepare('https://api.example.com')
    const files = readdirSync(join(folder, 'secrets'), { recursive: true, withFileTypes: true })
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'))
    const words = texts.join('\n').match(/[0-9a-f]{48}|[\w+/]{43}=/g) ?? []
    const settings = readFileSync(join(folder, '.env'), 'utf8')
    expect(words.filter((word) => settings.includes(word))).toEqual([])
    rmSync(join(folder, 'secrets'), { recursive: true })
    rmSync(join(folder, '.env'))
    return new Set(words)
  }
  const [one, two] = [secrets(), secrets()]
  expect(one.size).toBeGreaterThan(10)
  expect([...one].filter((word) => two.has(word))).toEqual([])
})

test('the proxy has the port of the origin', () => {
  prepare('https://localhost:8443')
  const {
    BASE_URL: url,
    SITE_HOST: host,
    PROXY_HTTPS_PORT: port,
  } = environmentOf('api') as Record<string, string>
  expect([url, host, port]).toEqual(['https://localhost:8443', 'localhost', '8443'])
})

test('nobody else of the machine gets to the secrets, which containers can read', () => {
  prepare('https://api.example.com')
  const modeOf = (path: string) => (statSync(join(folder, path)).mode & 0o777).toString(8)
  expect(['secrets', 'secrets/both', 'secrets/both/ENCRYPTION_KEYS', '.env'].map(modeOf)).toEqual([
    ...['700', '755', '644', '644'],
  ])
})

test('what is there already stays', () => {
  prepare('https://api.example.com')
  const keys = () => readFileSync(join(secretsOf('both'), 'ENCRYPTION_KEYS'), 'utf8')
  const before = keys()
  for (const path of ['.env', 'secrets']) {
    const again = prepare('https://api.example.com')
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('is there already')])
    expect(keys()).toBe(before)
    execFileSync('rm', ['-f', join(folder, path === '.env' ? path : 'nothing')])
  }
})

test.each([
  [[], 'the https origin'],
  [['http://api.example.com'], 'has to begin with https://'],
  [['https://api.example.com/'], 'is no origin'],
  [['https://'], 'is no origin'],
  [['https://[::1]'], 'is no origin'],
  [['https://a b'], 'is no origin'],
  [['https://a.example\nX=y'], 'is no origin'],
  [['https://a.example:'], 'is no origin'],
  [['https://a.example:44x'], 'is no origin'],
  [['https://a.example:443:1'], 'is no origin'],
  [['https://api.example.com', 'memcached'], 'is none of valkey, redis, upstash'],
])('%j is refused, and nothing is written', (args, said) => {
  const { status, stderr } = prepare(...args)
  expect([status === 0, stderr]).toEqual([false, expect.stringContaining(said)])
  expect(readdirSync(folder)).toEqual(['prepare.sh'])
})
