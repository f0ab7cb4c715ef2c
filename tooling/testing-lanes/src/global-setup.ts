import { applyMigrations, provisionDatabase } from '@repo/database/migrations'
import { chooseTestBackend, startTestServers, type TestDatabaseUrls } from '@repo/testing'
import { findProgram } from './programs.ts'

async function prepareTemplate(urls: TestDatabaseUrls): Promise<void> {
  await provisionDatabase(urls)
  await applyMigrations(urls)
}

/** Starts the servers once for the whole run; the workers inherit their URLs as environment variables. */
export async function setup(): Promise<() => Promise<void>> {
  const backend = await chooseTestBackend(process.env)
  const isPooled = process.env['LANE'] === 'pooler'
  const servers = await startTestServers({
    backend,
    prepareTemplate,
    ...(isPooled && { pgbouncer: { executable: findProgram('PGBOUNCER', process.env) } }),
  })
  Object.assign(process.env, servers.environment)
  return servers.stop
}
