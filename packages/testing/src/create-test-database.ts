import { randomBytes } from 'node:crypto'
import { runAsAdmin } from './admin-query.ts'
import { onDatabase, type TestDatabaseUrls } from './database-urls.ts'
import { readTemplateUrls, templateName } from './test-environment.ts'

export interface TestDatabase extends TestDatabaseUrls {
  readonly name: string
  /** What DATABASE_POOLER has to say for `appUrl` and `platformUrl`. */
  readonly pooler: 'none' | 'transaction'
  /** Ends whatever is still connected and deletes the database. */
  drop(): Promise<void>
}

/** A migrated, empty database that no other test sees: a copy of the run's template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = readTemplateUrls()
  const name = `test_${randomBytes(8).toString('hex')}`
  const maintenanceUrl = onDatabase(template.adminUrl, 'postgres')
  await runAsAdmin(
    maintenanceUrl,
    `CREATE DATABASE ${name} TEMPLATE ${templateName} OWNER rampart_owner`,
    // A copy does not inherit who may connect to its template.
    `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${name} TO rampart_app, rampart_worker, rampart_platform`,
  )
  return {
    name,
    pooler: process.env['TEST_DATABASE_POOLER'] === 'transaction' ? 'transaction' : 'none',
    adminUrl: onDatabase(template.adminUrl, name),
    ownerUrl: onDatabase(template.ownerUrl, name),
    appUrl: patient(onDatabase(template.appUrl, name)),
    workerUrl: onDatabase(template.workerUrl, name),
    platformUrl: patient(onDatabase(template.platformUrl, name)),
    drop: () => runAsAdmin(maintenanceUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** Races are about who wins, not about how long a slow machine lets the others wait for a connection. */
function patient(url: string): string {
  const address = new URL(url)
  address.searchParams.set('pool_timeout', '20')
  return address.href
}
