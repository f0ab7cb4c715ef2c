import { type DatabaseUrls, provisionDatabase } from '@repo/database/migrations'
import { type EmbeddedPostgres, EmbeddedPostgresError, startPostgres } from '@repo/embedded-servers'
import pg from 'pg'
import { SetupError } from './setup-error.ts'
import { postgresFolder, readState, type State, stateFolder, writeState } from './state.ts'

export interface OpenPostgres extends DatabaseUrls {
  readonly isEmbedded: boolean
  stop(): Promise<void>
}

const database = 'rampart'

/** The database of development: the user's own where the environment names it, else the embedded one. */
export function openPostgres(environment = process.env): Promise<OpenPostgres> {
  return environment['DATABASE_URL'] ? useGiven(environment) : useEmbedded()
}

async function useGiven(environment: NodeJS.ProcessEnv): Promise<OpenPostgres> {
  const appUrl = environment['DATABASE_URL'] ?? ''
  const ownerUrl = environment['DATABASE_OWNER_URL']
  if (!ownerUrl) {
    throw new SetupError(
      'DATABASE_URL names a database of yours, but DATABASE_OWNER_URL, which migrates it, is missing.',
      'Set DATABASE_OWNER_URL (and run `pnpm db:provision` once, with DATABASE_ADMIN_URL, to make the roles), or unset DATABASE_URL to use the embedded database.',
    )
  }
  const workerUrl = environment['DATABASE_WORKER_URL'] ?? ''
  return { isEmbedded: false, appUrl, ownerUrl, workerUrl, stop: async () => {} }
}

async function useEmbedded(): Promise<OpenPostgres> {
  const state = await readState()
  const server = await startEmbedded(state)
  if (server) await writeState({ ...state, postgresPort: server.port })
  const port = server?.port ?? state.postgresPort ?? 0
  const urls = urlsOf(state, port)
  if (server) await prepare(adminUrlOf(state, port), urls)
  return { isEmbedded: true, ...urls, stop: async () => server?.stop() }
}

const adminUrlOf = (state: State, port: number) =>
  `postgresql://postgres:${state.adminPassword}@127.0.0.1:${port}/postgres`

function urlsOf(state: State, port: number): DatabaseUrls {
  const url = (role: string, password: string) =>
    `postgresql://rampart_${role}:${password}@127.0.0.1:${port}/${database}`
  return {
    ownerUrl: url('owner', state.ownerPassword),
    appUrl: url('app', state.appPassword),
    workerUrl: url('worker', state.workerPassword),
  }
}

/** Null when it is running already, started by `pnpm dev` in another terminal. */
async function startEmbedded(state: State): Promise<EmbeddedPostgres | null> {
  const options = {
    directory: postgresFolder,
    password: state.adminPassword,
    persistent: true,
  } as const
  try {
    const port = state.postgresPort
    return await startPostgres(port === undefined ? options : { ...options, port })
  } catch (error) {
    if (!(error instanceof EmbeddedPostgresError)) throw error
    if (error.code === 'port_taken') return startPostgres(options)
    if (error.code === 'directory_in_use') return null
    const wayOut = `Delete ${stateFolder} (its data is for development only) or run: pnpm db:reset`
    throw new SetupError(`The embedded Postgres did not start: ${error.message}`, wayOut, {
      cause: error,
    })
  }
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
