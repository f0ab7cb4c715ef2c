import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { asServerUser, giveToServerUser } from './server-user.ts'

const run = promisify(execFile)

export interface DataDirectoryOptions {
  readonly initdb: string
  readonly directory: string
  readonly password: string
  readonly persistent: boolean
}

/**
 * Makes `directory`/data once and returns its path. It appears under that name only when complete,
 * so that an interrupted initdb starts over; throws data_directory_incomplete for a damaged one.
 */
export async function createDataDirectory(options: DataDirectoryOptions): Promise<string> {
  const data = join(options.directory, 'data')
  if (!existsSync(data)) await initialize(options, data)
  const missing = ['PG_VERSION', 'global/pg_control'].find((file) => !existsSync(join(data, file)))
  if (missing === undefined) return data
  throw new EmbeddedPostgresError(
    'data_directory_incomplete',
    `${data} has no ${missing}: it is damaged and holds no usable database. Delete it to start over.`,
  )
}

async function initialize(options: DataDirectoryOptions, data: string): Promise<void> {
  const partial = join(options.directory, 'data.partial')
  const passwordFile = join(options.directory, 'password')
  await mkdir(options.directory, { recursive: true, mode: 0o700 })
  await giveToServerUser(options.directory)
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { mode: 0o700 })
  await giveToServerUser(partial)
  await writeFile(passwordFile, options.password, { mode: 0o600 })
  try {
    await giveToServerUser(passwordFile)
    await runInitdb(options, partial, passwordFile)
  } finally {
    await rm(passwordFile)
  }
  await rename(partial, data)
}

async function runInitdb(options: DataDirectoryOptions, partial: string, passwordFile: string) {
  const flags = [
    `--pgdata=${partial}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorts alike on every platform, whatever locales it has.
    '--no-locale',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]
  if (!options.persistent) flags.push('--no-sync')
  const { command, args, user } = await asServerUser(options.initdb, flags, options.directory)
  try {
    await run(command, args, { ...user, cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C' } })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new EmbeddedPostgresError('initdb_failed', `initdb failed: ${reason}`)
  }
}
