import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { provisionDatabase } from '@repo/database/migrations'
import { findFreePort } from '@repo/embedded-servers'
import { type NodeProcess, openSql, startThrowAwayDatabase } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../test/run-command.ts'

let folder: string
let server: Awaited<ReturnType<typeof startThrowAwayDatabase>>
const started: NodeProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-dev-'))
  server = await startThrowAwayDatabase(provisionDatabase)
})

afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL')
    await ended
  }
  await server?.remove()
  await rm(folder, { recursive: true, force: true })
})

async function start(environment: Readonly<Record<string, string>>): Promise<NodeProcess> {
  const PORT = String(await findFreePort())
  const command = runCommand('dev', ['--state', folder], { PORT, ...environment })
  started.push(command)
  return command
}

async function refusal(command: NodeProcess): Promise<string> {
  expect(await command.ended, command.output()).toBe(1)
  expect(command.output()).not.toMatch(/^\s+at |node:internal|Error:/m)
  return command.output()
}

const own = () => ({
  DATABASE_URL: server.appUrl,
  DATABASE_OWNER_URL: server.ownerUrl,
  DATABASE_WORKER_URL: server.workerUrl,
})

test.each(['abc', '0', '65536', '3000.5', '-1', '1e3'])('PORT=%s is refused', async (PORT) => {
  expect(await refusal(await start({ PORT }))).toContain('PORT is not a port number')
})

test('a HOST that is none is refused', async () => {
  expect(await refusal(await start({ HOST: 'no.such.host.test' }))).toContain('HOST')
})

test('DATABASE_URL without DATABASE_OWNER_URL is refused, with what is missing', async () => {
  const said = await refusal(await start({ DATABASE_URL: server.appUrl }))
  expect(said).toContain('DATABASE_OWNER_URL, which migrates it, is missing')
})

test.each([
  ['that is not there', async () => ({ port: String(await findFreePort()) }), 'cannot be reached'],
  ['that refuses the password', async () => ({ password: 'canary-word' }), 'refuses the password'],
  ['without that database', async () => ({ pathname: '/none' }), 'has no such database'],
])("a server of one's own %s: a sentence", async (_name, change, expected) => {
  const url = Object.assign(new URL(server.ownerUrl), await change())
  const said = await refusal(await start({ ...own(), DATABASE_OWNER_URL: url.href }))
  expect(said).toContain(`The database of DATABASE_OWNER_URL ${expected}`)
  expect(said).not.toContain('canary-word')
})

test("an empty database of one's own is migrated, seeded and used; a full one is left as it is", async () => {
  const first = await start(own())
  await first.untilPrinted('Ctrl-C stops everything')
  expect(existsSync(join(folder, 'postgres'))).toBe(false)
  const readFolder = () => readFile(join(folder, 'credentials.json'), 'utf8')
  const credentials = JSON.parse(await readFolder())
  expect(credentials.users.alice.email).toBe('alice@acme.test')
  first.child.kill('SIGINT')
  expect(await first.ended).toBe(0)
  const sql = openSql(server.adminUrl)
  const read = () => sql.run('SELECT user_id, hash FROM passwords ORDER BY user_id')
  const before = await read()
  expect(before).toHaveLength(6)

  // As a start with another database leaves it.
  const users = { alice: { ...credentials.users.alice, id: randomUUID() } }
  const foreign = JSON.stringify({ ...credentials, users })
  await writeFile(join(folder, 'credentials.json'), foreign)
  const second = await start({ ...own(), DATABASE_WORKER_URL: '' })
  await second.untilPrinted('none: your database was not seeded')
  expect(second.output()).toContain('Mails    wait: without DATABASE_WORKER_URL')
  second.child.kill('SIGINT')
  expect(await second.ended).toBe(0)
  expect(await read()).toEqual(before)
  expect(await readFolder()).toBe(foreign)
  await sql.close()
})

test("a mail server and encryption keys of one's own are used", async () => {
  const keys = { ENCRYPTION_KEYS: 'canary', SMTP_URL: 'canary:' }
  const refused = await start({ ...own(), ...keys })
  await refused.untilPrinted('The API ended (exit code 1)')
  expect(refused.output()).toMatch(/ENCRYPTION_KEYS must be[\s\S]*SMTP_URL must be/)
  refused.child.kill('SIGINT')
  expect(await refused.ended).toBe(0)
  const server = await start({ ...own(), SMTP_URL: 'smtp://localhost:9' })
  await server.untilPrinted('Ctrl-C stops everything')
  expect(server.output()).toContain('Mails    sent by the server of SMTP_URL')
  server.child.kill('SIGINT')
  expect(await server.ended).toBe(0)
})

test('an API that cannot start is said, instead of waiting for it in silence', async () => {
  const command = await start({ ...own(), LOG_LEVEL: 'canary' })
  await command.untilPrinted('The API ended (exit code 1)')
  expect(command.output()).toContain('LOG_LEVEL must be')
  command.child.kill('SIGINT')
  expect(await command.ended).toBe(0)
})

const database = (...words: string[]) => runCommand('database', [...words, '--state', folder])

test.each([['Bad Name'], ['']])('db:diff refuses the name "%s"', async (name) => {
  expect(await refusal(database('diff', name))).toContain('A migration needs a name')
})

test("db:provision says what it needs, and db:reset keeps away from a database of one's own", async () => {
  expect(await refusal(database('provision'))).toContain('DATABASE_ADMIN_URL')
  const reset = runCommand('database', ['reset', '--state', folder], own())
  expect(await refusal(reset)).toContain('not deleted from here')
  expect(await refusal(database('nothing'))).toContain('There is no command nothing')
})
