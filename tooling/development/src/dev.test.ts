import { execFileSync } from 'node:child_process'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '@repo/embedded-servers'
import { type NodeProcess, openSql } from '@repo/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { isOpen, runCommand } from '../test/run-command.ts'
import type { Credentials } from './credentials.ts'
import { apiEntry } from './state-folder.ts'

// Each start brings up a Postgres, a Redis and an API; a slow machine needs its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let folder: string
let kept: string
let port: number
let dev: NodeProcess
const started: NodeProcess[] = []

beforeAll(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'rampart-dev-'))
  // Readable on the way down: as root, Postgres runs as another user.
  folder = join(parent, 'state')
  kept = join(parent, 'kept')
  port = await findFreePort()
  dev = start(folder, port)
  await dev.untilPrinted('Ctrl-C stops everything')
})

afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL')
    await ended
  }
  await untilNothingRuns()
  await rm(join(folder, '..'), { recursive: true, force: true })
})

function start(at: string, onPort: number | string): NodeProcess {
  const command = runCommand('dev', ['--state', at], { PORT: String(onPort) })
  started.push(command)
  return command
}

/** What a start that is refused says: a sentence and a way out, exit code 1, never a stack. */
async function refusal(command: NodeProcess): Promise<string> {
  started.push(command)
  expect(await command.ended, command.output()).toBe(1)
  expect(command.output()).not.toMatch(/^\s+at |node:internal|Error:/m)
  return command.output()
}

async function stop(command: NodeProcess): Promise<void> {
  command.child.kill('SIGINT')
  expect(await command.ended, command.output()).toBe(0)
}

const readCredentials = async (at = folder): Promise<Credentials> =>
  JSON.parse(await readFile(join(at, 'credentials.json'), 'utf8'))

function processesAt(path: string): string[] {
  const all = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
  return all.split('\n').filter((line) => line.includes(path) && !line.startsWith('/bin/sh'))
}

async function untilNothingRuns(): Promise<void> {
  const deadline = Date.now() + 30_000
  while (processesAt(folder).length > 0 && Date.now() < deadline) await sleep(50)
  expect(processesAt(folder)).toEqual([])
}

/** Logs in as a person of the seed and answers how many orders the API lists of theirs. */
async function countOrders({ baseUrl, users }: Credentials, name: string): Promise<number> {
  const { id, email, password } = users[name] ?? { id: '', email: '', password: '' }
  const login = await fetch(`${baseUrl}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const answer = await fetch(`${baseUrl}/api/users/${id}/orders?limit=100`, { headers: { cookie } })
  const { items } = (await answer.json()) as { items?: readonly unknown[] }
  return items?.length ?? -1
}

test('a first start is ready, seeded, and tells where', async () => {
  const credentials = await readCredentials()
  expect(credentials.baseUrl).toBe(`http://localhost:${port}`)
  expect(Object.keys(credentials.organizations)).toEqual(['acme', 'globex'])
  const people = ['root', 'olivia', 'adam', 'alice', 'victor', 'bob']
  expect(Object.keys(credentials.users).toSorted()).toEqual(people.toSorted())
  for (const name of ['alice', 'adam', 'bob']) {
    expect(await countOrders(credentials, name)).toBeGreaterThanOrEqual(20)
  }
  expect(dev.output()).toContain(join(folder, 'credentials.json'))
  expect(dev.output()).toContain(`Security http://localhost:${port}/admin\n`)
  expect(dev.output()).toContain(`Mails    http://localhost:${port}/outbox\n`)
  for (const file of ['credentials.json', 'state.json']) {
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
  }
})

test('the worker beside it sends the mails: they are in the outbox', async () => {
  const credentials = await readCredentials()
  await fetch(`${credentials.baseUrl}/api/auth/password/forgot`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: credentials.users['alice']?.email }),
  })
  const read = async () => (await fetch(`${credentials.baseUrl}/outbox`)).text()
  await expect.poll(read, { timeout: 60_000 }).toContain('Set a new password')
})

test('a second one is refused clearly, on the same port and on another, and the first goes on', async () => {
  const samePort = await refusal(start(folder, port))
  expect(samePort).toContain(`Port ${port} is taken`)
  expect(samePort).toContain(`PORT=${port + 1}`)
  const otherPort = await refusal(start(folder, await findFreePort()))
  expect(otherPort).toContain('runs already: another pnpm dev')
  expect((await fetch(`http://localhost:${port}/readyz`)).status).toBe(200)
})

test('beside it db:migrate and secrets:rotate work, and db:reset refuses', async () => {
  const migrate = runCommand('database', ['migrate', '--state', folder])
  expect(await migrate.ended, migrate.output()).toBe(0)
  expect(migrate.output()).toContain('Nothing to apply.')
  const rotation = runCommand('rotate', ['jwks', '--state', folder])
  expect(await rotation.ended, rotation.output()).toBe(0)
  const jwks = (await (await fetch(`http://localhost:${port}/oauth/jwks`)).json()) as object
  expect(jwks).toMatchObject({ keys: [expect.anything(), expect.anything()] })
  const said = await refusal(runCommand('database', ['reset', '--state', folder]))
  expect(said).toContain('Stop pnpm dev')
  expect((await fetch(`http://localhost:${port}/readyz`)).status).toBe(200)
})

const apiReady = '"service":"rampart-api","event":"sys_startup"'
const workerReady = '"service":"rampart-worker","event":"sys_startup"'

test('a source file that changes, twice even, restarts the API and the worker', async () => {
  const { atime, mtime } = await stat(apiEntry)
  await utimes(apiEntry, atime, mtime)
  await dev.untilPrinted(apiReady, 2)
  await dev.untilPrinted(workerReady, 2)
  await utimes(apiEntry, atime, mtime)
  await dev.untilPrinted(apiReady, 3)
  await dev.untilPrinted(workerReady, 3)
  expect((await fetch(`http://localhost:${port}/readyz`)).status).toBe(200)
  expect(dev.output()).not.toMatch(/The (API|worker) ended/)
})

test('Ctrl-C ends all of it', async () => {
  await stop(dev)
  expect(await isOpen(port)).toBe(false)
  expect(processesAt(folder)).toEqual([])
  execFileSync('cp', ['-a', folder, kept])
})

test('the next start finds the same log-ins and data, on whatever port', async () => {
  const before = await readCredentials()
  const readKey = async () =>
    JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')).encryptionKey
  const key = await readKey()
  port = await findFreePort()
  dev = start(folder, port)
  await dev.untilPrinted('Ctrl-C stops everything')
  const after = await readCredentials()
  expect(after).toEqual({ ...before, baseUrl: `http://localhost:${port}` })
  expect(await countOrders(after, 'alice')).toBe(24)
  expect(key).toMatch(/^[\w+/]{43}=$/)
  expect(await readKey()).toBe(key)
})

test('a killed runner leaves nothing behind, and the next start works at once', async () => {
  dev.child.kill('SIGKILL')
  expect(await dev.ended).toBe('SIGKILL')
  dev = start(folder, await findFreePort())
  await dev.untilPrinted('Ctrl-C stops everything')
  expect(await isOpen(port)).toBe(false)
  dev.child.kill('SIGKILL')
  await dev.ended
  await untilNothingRuns()
})

const damages: readonly (readonly [string, (at: string) => Promise<unknown>, RegExp])[] = [
  [
    'an empty state.json',
    (at) => truncate(join(at, 'state.json')),
    /state\.json is half-written.*\n.*db:reset/,
  ],
  [
    'a truncated state.json',
    (at) => truncate(join(at, 'state.json'), 40),
    /state\.json is half-written.*\n.*db:reset/,
  ],
  [
    'no state.json',
    (at) => rm(join(at, 'state.json')),
    /state\.json is missing.*passwords.*\n.*db:reset/,
  ],
  [
    "another database's state.json",
    async (at) => {
      const state = JSON.parse(await readFile(join(at, 'state.json'), 'utf8'))
      await writeFile(join(at, 'state.json'), JSON.stringify({ ...state, adminPassword: 'other' }))
    },
    /refuses the password/,
  ],
  [
    'no PG_VERSION',
    (at) => rm(join(at, 'postgres/data/PG_VERSION')),
    /PG_VERSION: it is damaged[\s\S]*db:reset/,
  ],
  [
    'a damaged pg_control',
    (at) => truncate(join(at, 'postgres/data/global/pg_control')),
    /did not start[\s\S]*db:reset/,
  ],
]

test("db:reset deletes what is ours by name, the mails too, and keeps somebody's file", async () => {
  const at = `${folder}-reset`
  execFileSync('cp', ['-a', kept, at])
  await mkdir(join(at, 'outbox'), { recursive: true })
  await writeFile(join(at, 'outbox/1.json'), '{}')
  await mkdir(join(at, 'files'))
  await writeFile(join(at, 'files/1'), '')
  await writeFile(join(at, 'own.txt'), '')
  const reset = runCommand('database', ['reset', '--state', at])
  expect(await reset.ended, reset.output()).toBe(0)
  expect(await readdir(at)).toEqual(['own.txt'])
})

test.each(damages)('%s: a sentence and a way out', async (_name, damage, expected) => {
  const at = `${folder}-damaged`
  execFileSync('cp', ['-a', kept, at])
  await damage(at)
  expect(await refusal(start(at, await findFreePort()))).toMatch(expected)
  const reset = runCommand('database', ['reset', '--state', at])
  expect(await reset.ended, reset.output()).toBe(0)
  await rm(at, { recursive: true })
})

test('a first start that was cut short is started over', async () => {
  const at = `${folder}-cut-short`
  await mkdir(join(at, 'postgres/data.partial/base'), { recursive: true })
  await writeFile(join(at, 'state.json'), '{ "adminPass')
  const command = start(at, await findFreePort())
  await command.untilPrinted('Ctrl-C stops everything')
  await stop(command)
})

test('log-ins that were lost are made anew', async () => {
  const at = `${folder}-without-log-ins`
  execFileSync('cp', ['-a', kept, at])
  await rm(join(at, 'credentials.json'))
  const command = start(at, await findFreePort())
  await command.untilPrinted('Ctrl-C stops everything')
  expect(await countOrders(await readCredentials(at), 'bob')).toBe(24)
  await stop(command)
})

test('a database of a later version is refused, by name', async () => {
  const at = `${folder}-later`
  execFileSync('cp', ['-a', kept, at])
  const add = runCommand('database', ['seed', '--state', at])
  expect(await add.ended, add.output()).toBe(0)
  const command = start(at, await findFreePort())
  await command.untilPrinted('Ctrl-C stops everything')
  const state = JSON.parse(await readFile(join(at, 'state.json'), 'utf8'))
  const url = `postgresql://rampart_owner:${state.ownerPassword}@127.0.0.1:${state.postgresPort}/rampart`
  const sql = openSql(url)
  await sql.run(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
     VALUES ('later', '', '29990101000000_later', now())`,
  )
  await sql.close()
  await stop(command)
  const said = await refusal(start(at, await findFreePort()))
  expect(said).toMatch(/does not know \(29990101000000_later\)[\s\S]*npx pnpm@12 db:reset/)
})
