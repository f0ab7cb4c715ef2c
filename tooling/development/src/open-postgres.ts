import { setTimeout as sleep } from 'node:timers/promises'
import { type DatabaseUrls, provisionDatabase } from '@repo/database/migrations'
import { type EmbeddedPostgres, EmbeddedPostgresError, startPostgres } from '@repo/embedded-servers'
import pg from 'pg'
import { explainDatabaseError } from './explain-database-error.ts'
import { findRunningPostgres } from './running-postgres.ts'
import { SetupError } from './setup-error.ts'
import { readState, type State, writeState } from './state.ts'
import type { StateFolder } from './state-folder.ts'

export interface OpenPostgres extends DatabaseUrls {
  readonly isEmbedded: boolean
  stop(): Promise<void>
}

const database = 'rampart'
// A killed runner's Postgres needs a moment to end.
const endingMs = 4_000
const endingPollMs = 200

/**
 * The database of development: the user's own where the environment names it, else the embedded one,
 * started. Throws SetupError when another `pnpm dev` has it.
 */
export function openPostgres(
  folder: StateFolder,
  environment = process.env,
): Promise<OpenPostgres> {
  return environment['DATABASE_URL'] ? useGiven(environment) : startEmbedded(folder)
}

/** The same for a command that may go on beside `pnpm dev`, in the Postgres that it runs. */
export async function joinPostgres(
  folder: StateFolder,
  environment = process.env,
): Promise<OpenPostgres> {
  const port = environment['DATABASE_URL'] ? null : await findRunningPostgres(folder)
  if (port === null) return openPostgres(folder, environment)
  const urls = urlsOf(await readState(folder), port)
  return { isEmbedded: true, ...urls, stop: async () => {} }
}

async function useGiven(environment: NodeJS.ProcessEnv): Promise<OpenPostgres> {
  const appUrl = environment['DATABASE_URL'] ?? ''
  const ownerUrl = environment['DATABASE_OWNER_URL']
  if (!ownerUrl) {
    throw new SetupError(
      'DATABASE_URL names a database of yours, but DATABASE_OWNER_URL, which migrates it, is missing.',
      'Set DATABASE_OWNER_URL (and run `npx pnpm@12 db:provision` once, with DATABASE_ADMIN_URL, to make the roles), or unset DATABASE_URL to use the embedded database.',
    )
  }
  const workerUrl = environment['DATABASE_WORKER_URL'] ?? ''
  const platformUrl = environment['DATABASE_PLATFORM_URL'] ?? null
  return { isEmbedded: false, appUrl, ownerUrl, workerUrl, platformUrl, stop: async () => {} }
}

async function startEmbedded(folder: StateFolder): Promise<OpenPostgres> {
  const state = await readState(folder)
  await untilEnded(folder)
  const server = await start(folder, state).catch((error) => explainStart(folder, error))
  try {
    await writeState(folder, { ...state, postgresPort: server.port })
    const urls = urlsOf(state, server.port)
    await prepare(server.adminUrl, urls)
    return { isEmbedded: true, ...urls, stop: () => server.stop() }
  } catch (error) {
    await server.stop()
    return explainDatabaseError(error, `The embedded Postgres in ${folder.path}`)
  }
}

function urlsOf(state: State, port: number): DatabaseUrls {
  const url = (role: string, password: string) =>
    `postgresql://rampart_${role}:${password}@127.0.0.1:${port}/${database}`
  return {
    ownerUrl: url('owner', state.ownerPassword),
    appUrl: url('app', state.appPassword),
    workerUrl: url('worker', state.workerPassword),
    platformUrl: url('platform', state.platformPassword),
  }
}

/** On the port of the last time if it is free. */
async function start(folder: StateFolder, state: State): Promise<EmbeddedPostgres> {
  const { adminPassword: password, postgresPort: port } = state
  const options = { directory: folder.postgres, password, persistent: true } as const
  try {
    return await startPostgres(port === undefined ? options : { ...options, port })
  } catch (error) {
    const isTaken = error instanceof EmbeddedPostgresError && error.code === 'port_taken'
    if (isTaken && port !== undefined) return startPostgres(options)
    throw error
  }
}

async function untilEnded(folder: StateFolder): Promise<void> {
  const deadline = Date.now() + endingMs
  while ((await findRunningPostgres(folder)) !== null) {
    if (Date.now() > deadline) throw inUse()
    await sleep(endingPollMs)
  }
}

const inUse = (options?: ErrorOptions) =>
  new SetupError(
    'The embedded Postgres runs already: another pnpm dev or db: command has it.',
    'Stop that one first, or give this one a database of its own by DATABASE_URL.',
    options,
  )

function explainStart(folder: StateFolder, error: unknown): never {
  if (!(error instanceof EmbeddedPostgresError)) throw error
  if (error.code === 'directory_in_use') throw inUse({ cause: error })
  throw new SetupError(
    `The embedded Postgres did not start: ${error.message}`,
    `Its data (${folder.path}) are for development only; start over with: npx pnpm@12 db:reset`,
    { cause: error },
  )
}

async function prepare(adminUrl: string, urls: DatabaseUrls): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database}`)
  } finally {
    await client.end()
  }
  const target = new URL(adminUrl)
  target.pathname = `/${database}`
  await provisionDatabase({ adminUrl: target.href, ...urls })
}
