import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { openSql, type Sql } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { password } from '../support/create-world.ts'
import { type Answer, request } from '../support/request.ts'
import { type BreakableApi, startBreakableApi } from './start-breakable-api.ts'
import { untilAnswer } from './until-answer.ts'

let breakable: BreakableApi
let person: Person
let admin: Sql
let stopped: readonly number[] = []

beforeAll(async () => {
  breakable = await startBreakableApi()
  admin = openSql(breakable.postgres.adminUrl)
  person = await breakable.world.createPerson()
})

afterAll(async () => {
  goOn()
  await admin?.close()
  await breakable?.close()
})

async function hang(): Promise<void> {
  stopped = await listProcesses()
  for (const pid of stopped) process.kill(pid, 'SIGSTOP')
}

function goOn(): void {
  for (const pid of stopped) process.kill(pid, 'SIGCONT')
  // A backend that has lost its client is gone in a moment.
  stopped = []
}

/** The server and its backends: all that must stop, so that nothing of it answers. */
async function listProcesses(): Promise<readonly number[]> {
  const [row] = await admin.run('SHOW data_directory')
  const pidFile = await readFile(`${row?.['data_directory']}/postmaster.pid`, 'utf8')
  const server = Number(pidFile.split('\n')[0])
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = all
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const backends = pairs.filter(([, parent]) => parent === server).map(([pid]) => pid ?? 0)
  return [server, ...backends]
}

const readSession = () =>
  request(`${breakable.api.url}/api/auth/session`, { cookie: person.cookie })
const readReadiness = () => request(`${breakable.api.url}/readyz`)
const logIn = () =>
  request(`${breakable.api.url}/api/auth/login`, {
    method: 'POST',
    body: { email: person.email, password },
  })
const isOk = ({ status }: Answer) => status === 200

test('a Postgres that hangs: every caller gets 503 within 10 s, /readyz soon, and it heals', async () => {
  expect([(await readSession()).status, (await logIn()).status]).toEqual([200, 200])
  // Connections that are open already hang differently from those that cannot be made.
  await Promise.all(Array.from({ length: 10 }, readSession))
  await hang()
  const start = performance.now()
  const readiness = await readReadiness()
  expect([readiness.status, readiness.body?.['status']]).toEqual([503, 'unavailable'])
  expect(performance.now() - start).toBeLessThan(4_000)
  // More than the pool holds, so that some wait for a connection.
  const callers = Array.from({ length: 20 }, (_, index) => (index % 4 ? readSession() : logIn()))
  for (const { status, text } of await Promise.all(callers)) {
    expect(status, text).toBe(503)
    expect(text).toContain('unavailable')
  }
  expect(performance.now() - start).toBeLessThan(11_000)
  expect((await request(`${breakable.api.url}/healthz`)).status).toBe(200)
  goOn()
  expect(await untilAnswer(readSession, isOk)).toBeLessThan(5_000)
  expect(await untilAnswer(readReadiness, isOk)).toBeLessThan(5_000)
  expect((await logIn()).status).toBe(200)
})
