import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  asServerUser,
  findFreePort,
  giveToServerUser,
  killProcess,
  stopWithParent,
  untilAnswering,
} from '@repo/embedded-servers'
import { onDatabase } from './database-urls.ts'
import { openSql } from './open-sql.ts'

export interface Pgbouncer {
  /** The same log-in and database by way of the pooler. */
  behind(url: string): string
  /** How many connections it holds to Postgres for a role, whatever its clients. */
  countServers(role: string): Promise<number>
  close(): Promise<void>
}

export interface PgbouncerOptions {
  /** Whose server and whose log-ins it knows: any URLs of one server. */
  readonly urls: readonly string[]
  /** What PGBOUNCER says unless given. */
  readonly executable?: string | null
  /** Connections to Postgres for each database and role; 20 unless given. */
  readonly poolSize?: number
}

/**
 * Starts the pgbouncer that the lane found, in transaction mode, in front of a Postgres on loopback. Throws a sentence
 * on what to install when the lane found none.
 */
export async function launchPgbouncer(options: PgbouncerOptions): Promise<Pgbouncer> {
  const { executable = process.env['PGBOUNCER'], poolSize = 20, urls } = options
  if (!executable) {
    throw new Error(
      'There is no pgbouncer for the tests of a pooler: install one (Debian: apt-get install pgbouncer), or set PGBOUNCER to the path of one.',
    )
  }
  const folder = await mkdtemp(join(tmpdir(), 'rampart-pgbouncer-'))
  const port = await findFreePort()
  const settings = await writeSettings(folder, { urls, poolSize, port })
  // As Postgres, it does not run as root.
  const { command, args, user } = await asServerUser(executable, [settings], folder)
  const child = spawn(command, args, { ...user, stdio: ['ignore', 'pipe', 'pipe'] })
  stopWithParent(child, folder)
  const close = () => stop(child, folder)
  try {
    await untilAnswering(child, { name: 'pgbouncer', isAnswering: () => isOpen(port) })
  } catch (error) {
    await close()
    throw error
  }
  const behind = (url: string) => onPort(url, port)
  const [first = ''] = urls
  async function countServers(role: string) {
    const console = openSql(onDatabase(behind(first), 'pgbouncer'))
    const servers = await console.run('SHOW SERVERS').finally(console.close)
    return servers.filter(({ user }) => user === role).length
  }
  return { behind, countServers, close }
}

interface Settings extends Required<Omit<PgbouncerOptions, 'executable'>> {
  readonly port: number
}

async function writeSettings(folder: string, { urls, poolSize, port }: Settings): Promise<string> {
  const addresses = urls.map((url) => new URL(url))
  const [server] = addresses
  const users = addresses.map(
    ({ username, password }) => `"${username}" "${decodeURIComponent(password)}"\n`,
  )
  const lines = [
    '[databases]',
    `* = host=${server?.hostname} port=${server?.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${join(folder, 'users.txt')}`,
    `stats_users = ${addresses.map(({ username }) => username).join()}`,
    'pool_mode = transaction',
    `default_pool_size = ${poolSize}`,
    'max_client_conn = 1000',
    // Databases of tests come and go: one that is dropped is forgotten.
    'autodb_idle_timeout = 5',
    'server_idle_timeout = 5',
  ]
  const [settings, passwords] = [join(folder, 'pgbouncer.ini'), join(folder, 'users.txt')]
  await writeFile(settings, `${lines.join('\n')}\n`)
  await writeFile(passwords, users.join(''), { mode: 0o600 })
  for (const path of [folder, settings, passwords]) await giveToServerUser(path)
  return settings
}

function onPort(url: string, port: number): string {
  const changed = new URL(url)
  changed.hostname = '127.0.0.1'
  changed.port = String(port)
  return changed.href
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(true))
    socket.on('connect', () => socket.end()).on('error', () => resolve(false))
  })
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  await killProcess(child)
  await rm(folder, { recursive: true, force: true })
}
