import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createDataDirectory } from './create-data-directory.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { findFreePort } from './find-free-port.ts'
import { hasEnded, type LaunchOptions, launchPostgres } from './launch-postgres.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'

export type EmbeddedPostgresOptions = {
  /** Belongs to the server alone: data and log go here. */
  readonly directory: string
  /** A free one when none is given. */
  readonly port?: number
} & (
  | { readonly persistent: false; readonly password?: string }
  // Taken at the first start: the same one must be given ever after.
  | { readonly persistent: true; readonly password: string }
)

export interface EmbeddedPostgres {
  /** The superuser, on the database `postgres`. */
  readonly adminUrl: string
  readonly port: number
  /** `immediate` ends without a checkpoint, as a crash does. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  /** Starts again on the same port and data; does nothing while it runs. */
  start(): Promise<void>
}

const launchAttempts = 3

/**
 * Starts PostgreSQL on loopback, never as root, on new data or on what is there; it ends with this
 * process at the latest, and a throw-away one then loses its directory. Throws EmbeddedPostgresError.
 */
export async function startPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { persistent, password = randomBytes(24).toString('hex') } = options
  const directory = resolve(options.directory)
  const { initdb, postgres } = await findPostgresBinaries()
  const data = await createDataDirectory({ initdb, directory, password, persistent })
  const fixed = { postgres, directory, data, persistent }
  const [first, port] = await launchFirst(fixed, options.port)
  let server = first

  async function start() {
    if (hasEnded(server)) server = await launchPostgres({ ...fixed, port })
  }
  const stop = (mode: 'fast' | 'immediate' = 'fast') => endServer(server, mode)
  const adminUrl = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`
  return { adminUrl, port, stop, start }
}

async function launchFirst(
  options: Omit<LaunchOptions, 'port'>,
  wanted: number | undefined,
  attempts = wanted === undefined ? launchAttempts : 1,
): Promise<[ChildProcess, number]> {
  const port = wanted ?? (await findFreePort())
  try {
    return [await launchPostgres({ ...options, port }), port]
  } catch (error) {
    const isTaken = error instanceof EmbeddedPostgresError && error.code === 'port_taken'
    if (!isTaken || attempts === 1) throw error
    return launchFirst(options, wanted, attempts - 1)
  }
}

async function endServer(server: ChildProcess, mode: 'fast' | 'immediate'): Promise<void> {
  if (hasEnded(server)) return
  // Waiting for the end must keep this process alive, which running did not.
  server.ref()
  const ended = once(server, 'exit')
  server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
  await ended
}
