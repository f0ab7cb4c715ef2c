import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './embedded-postgres-error.ts'
import { asServerUser } from './server-user.ts'
import { stopWithParent } from './stop-with-parent.ts'

export interface LaunchOptions {
  readonly postgres: string
  readonly directory: string
  readonly data: string
  readonly port: number
  readonly persistent: boolean
}

const startTimeoutMs = 60_000
const pollIntervalMs = 20
const readyLine = 7

function settings({ port, persistent }: LaunchOptions): string[] {
  const always = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    // The path of a socket may have 107 bytes; a checkout's path may be longer.
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
    'log_timezone=UTC',
  ]
  // Commits still reach the operating system at once: `stop('immediate')` loses none.
  const throwAway = ['fsync=off', 'full_page_writes=off']
  return persistent ? always : [...always, ...throwAway]
}

/** Starts the server and waits until it takes connections; its log of this run is postgres.log. */
export async function launchPostgres(options: LaunchOptions): Promise<ChildProcess> {
  const flags = ['-D', options.data, ...settings(options).flatMap((setting) => ['-c', setting])]
  const { command, args, user } = await asServerUser(options.postgres, flags, options.directory)
  const log = await open(join(options.directory, 'postgres.log'), 'w', 0o600)
  const child = spawn(command, args, {
    ...user,
    cwd: '/',
    // A session of its own: Ctrl-C in the terminal is for the caller, who stops the server last.
    detached: true,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    stdio: ['ignore', log.fd, log.fd],
  })
  stopWithParent(child, options.persistent ? '' : options.directory)
  await once(child, 'spawn').finally(() => log.close())
  await waitUntilReady(child, options)
  return child
}

async function waitUntilReady(child: ChildProcess, options: LaunchOptions): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  while (!(await isReady(child, options.data))) {
    if (hasEnded(child)) throw await startError(options)
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw await startError(options)
    }
    await sleep(pollIntervalMs)
  }
}

// The first line names the process, so that a file left by a killed server does not count.
async function isReady(child: ChildProcess, data: string): Promise<boolean> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  return lines[0] === String(child.pid) && lines[readyLine]?.trim() === 'ready'
}

/** Whether the process is gone, by itself or by a signal. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function startError({ directory, port }: LaunchOptions): Promise<EmbeddedPostgresError> {
  const log = await readFile(join(directory, 'postgres.log'), 'utf8')
  return new EmbeddedPostgresError(
    readErrorCode(log),
    `Postgres did not start on port ${port}:\n${log.slice(-2000)}`,
  )
}

function readErrorCode(log: string): EmbeddedPostgresErrorCode {
  if (log.includes('could not bind')) return 'port_taken'
  if (/lock file .* already exists|pre-existing shared memory/.test(log)) return 'directory_in_use'
  return 'start_failed'
}
