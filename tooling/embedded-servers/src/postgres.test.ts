import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findFreePort } from './find-free-port.ts'
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startPostgres } from './postgres.ts'

let folder: string
let directory: string
let started: EmbeddedPostgres[]

beforeEach(async () => {
  // mkdtemp's folder is closed to everyone but its owner, as a home folder may be.
  folder = await mkdtemp(join(tmpdir(), 'embedded-postgres-'))
  directory = join(folder, 'postgres')
  started = []
})

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop('immediate')))
  await rm(folder, { recursive: true, force: true })
})

async function startKept(port?: number): Promise<EmbeddedPostgres> {
  return startAndStop({
    directory,
    password: 'kept password',
    persistent: true,
    ...(port && { port }),
  })
}

async function startAndStop(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startPostgres(options)
  started.push(server)
  return server
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query({ text, rowMode: 'array' })
    return rows.flat()
  } finally {
    await client.end()
  }
}

async function readServerPid(): Promise<number> {
  return Number.parseInt(await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8'), 10)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('serves loopback alone, without a socket file, and not as root', async () => {
  const { adminUrl } = await startKept()
  expect(await query(adminUrl, 'SHOW listen_addresses')).toEqual(['127.0.0.1'])
  expect(await query(adminUrl, 'SHOW unix_socket_directories')).toEqual([''])
  // Postgres itself insists that its user owns the data.
  const { uid } = await stat(join(directory, 'data'))
  expect(uid).not.toBe(0)
})

test('lets the password in and no other', async () => {
  const { adminUrl } = await startKept()
  const wrong = new URL(adminUrl)
  wrong.password = 'guess'
  expect(await query(adminUrl, 'SELECT 1')).toEqual([1])
  await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
})

test('a persistent server keeps its safety settings and a throw-away one drops them', async () => {
  const kept = await startKept()
  const thrownAway = await startAndStop({ directory: join(folder, 'other'), persistent: false })
  expect(await query(kept.adminUrl, 'SHOW fsync')).toEqual(['on'])
  expect(await query(thrownAway.adminUrl, 'SHOW fsync')).toEqual(['off'])
})

test('data survive an immediate stop, on the same port', async () => {
  const server = await startKept()
  await query(server.adminUrl, 'CREATE TABLE kept AS SELECT 7 AS value')
  await server.stop('immediate')
  await expect(query(server.adminUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
  await server.start()
  expect(await query(server.adminUrl, 'SELECT value FROM kept')).toEqual([7])
})

test('data survive the death of the server and a new start by another caller', async () => {
  const killed = await startKept()
  await query(killed.adminUrl, 'CREATE TABLE kept AS SELECT 7 AS value')
  const pid = await readServerPid()
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 20_000)
  const next = await startKept()
  expect(await query(next.adminUrl, 'SELECT value FROM kept')).toEqual([7])
})

test('an interrupted initdb starts over', async () => {
  const server = await startKept()
  await server.stop()
  await rename(join(directory, 'data'), join(directory, 'data.partial'))
  const next = await startKept()
  expect(await query(next.adminUrl, 'SELECT 1')).toEqual([1])
})

test('a damaged data directory is named and left alone', async () => {
  const server = await startKept()
  await server.stop()
  const control = join(directory, 'data', 'global', 'pg_control')
  await rename(control, `${control}.away`)
  await expect(startKept()).rejects.toMatchObject({ code: 'data_directory_incomplete' })
  await rename(`${control}.away`, control)
  const mended = await startKept()
  expect(await query(mended.adminUrl, 'SELECT 1')).toEqual([1])
})

test('a second server on the same directory is refused', async () => {
  const first = await startKept()
  await expect(startKept()).rejects.toMatchObject({ code: 'directory_in_use' })
  await first.stop()
  await expect(startKept()).resolves.toHaveProperty('adminUrl')
})

test('a taken port is refused', async () => {
  const port = await findFreePort()
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  await expect(startKept(port)).rejects.toMatchObject({ code: 'port_taken' })
  other.close()
  await once(other, 'close')
  await expect(startKept(port)).resolves.toHaveProperty('port', port)
})

test('a throw-away server and its directory do not outlive a killed parent', async () => {
  const source = new URL('./postgres.ts', import.meta.url).href
  const program = `const { startPostgres } = await import('${source}')
    await startPostgres({ directory: process.argv[1], persistent: false })
    console.log('started')
    setInterval(() => {}, 1000)`
  const flags = ['--input-type=module', '--eval', program, directory]
  const parent = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(parent.stdout, 'data')
  const pid = await readServerPid()
  expect(isRunning(pid)).toBe(true)
  parent.kill('SIGKILL')
  await vi.waitFor(() => expect(existsSync(directory)).toBe(false), 20_000)
  expect(isRunning(pid)).toBe(false)
})
