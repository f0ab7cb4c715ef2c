import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createTestCertificate,
  type RdsDoor,
  startRdsDoor,
  startThrowAwayDatabase,
  trustBehindDoor,
} from '@repo/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { canLogIn } from './log-in-rotation.ts'
import { type Database, openDatabase } from './open-database.ts'
import { provisionDatabase } from './provision.ts'
import { createRdsLogIn } from './rds-log-in.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const region = 'eu-central-1'
const access = { accessKeyId: 'AKIDTEST0RAMPART', secretAccessKey: 'x9fQ2Lm31wZ8eKx7kA' }
// A clock 225 times as fast: a token lives 4 s for 15 minutes, a connection the same.
const lifetimeSeconds = 4

let postgres: Awaited<ReturnType<typeof startThrowAwayDatabase>>
let door: RdsDoor
let folder: string
let url: string
const opened: Database[] = []

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', access.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', access.secretAccessKey)
  postgres = await startThrowAwayDatabase(provisionDatabase)
  folder = await mkdtemp(join(tmpdir(), 'rampart-rds-'))
  await trustBehindDoor(postgres.adminUrl)
  const certificate = await createTestCertificate()
  await writeFile(join(folder, 'ca.pem'), certificate.cert)
  const { port } = new URL(postgres.appUrl)
  const target = { host: '127.0.0.1', port: Number(port) }
  door = await startRdsDoor({ target, certificate, region, access, lifetimeSeconds })
  url = `postgresql://rampart_app@localhost:${door.port}/rampart?sslmode=verify-full&sslrootcert=${join(folder, 'ca.pem')}`
})
afterAll(async () => {
  for (const database of opened) await database.close()
  door?.close()
  await postgres?.remove()
  await rm(folder, { recursive: true })
  vi.unstubAllEnvs()
})

function open(options: Partial<Parameters<typeof openDatabase>[0]> = {}): Database {
  const database = openDatabase({ url, rdsRegion: region, lifetimeSeconds, ...options })
  opened.push(database)
  return database
}

const ask = (database: Database) =>
  database.query({ name: '', text: 'SELECT 1 AS one', values: [] })

test('an hour of a clock that runs faster: each connection has a token of its own, and none is refused', async () => {
  const database = open({ maxConnections: 3 })
  const before = door.taken.length
  const end = performance.now() + 4 * lifetimeSeconds * 1_000
  let answers = 0
  while (performance.now() < end) {
    const rows = await Promise.all([ask(database), ask(database), ask(database)])
    answers += rows.flat().length
    await sleep(20)
  }
  expect(answers).toBeGreaterThan(60)
  const tokens = door.taken.slice(before)
  // Three connections, each replaced when its life is over.
  expect(tokens.length).toBeGreaterThanOrEqual(6)
  expect(new Set(tokens.map((token) => /X-Amz-Date=\w+/.exec(token)?.[0])).size).toBeGreaterThan(2)
  expect(door.refused()).toBe(0)
})

test('a token that is kept is good for its time alone, and another role’s not at all', async () => {
  const token = await createRdsLogIn(region)(url)
  const withToken = (name: string) => {
    const kept = new URL(url)
    kept.username = name
    kept.password = encodeURIComponent(token)
    return kept.href
  }
  expect(await canLogIn(withToken('rampart_app'))).toBe(true)
  expect(await canLogIn(withToken('rampart_owner'))).toBe(false)
  await sleep((lifetimeSeconds + 4) * 1_000)
  expect(await canLogIn(withToken('rampart_app'))).toBe(false)
})

test('a server whose certificate nobody vouches for is sent no token', async () => {
  const before = [door.taken.length, door.refused()]
  const [untrusted] = url.split('&sslrootcert')
  await expect(ask(open({ url: `${untrusted}` }))).rejects.toThrow()
  const plain = url.replace(/\?.*/, '')
  await expect(ask(open({ url: plain }))).rejects.toThrow()
  // The one that spoke without TLS was refused before it could say anything.
  expect([door.taken.length, door.refused()]).toEqual([before[0], Number(before[1]) + 1])
})
