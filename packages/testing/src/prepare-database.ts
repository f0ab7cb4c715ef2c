import { randomBytes } from 'node:crypto'
import { runAsAdmin } from './admin-query.ts'
import { asRole, onDatabase, type PrepareDatabase, type TestDatabaseUrls } from './database-urls.ts'

/** Creates a database on a new server, gives each role a random password, and fills it. */
export async function prepareDatabase(
  serverAdminUrl: string,
  name: string,
  prepare: PrepareDatabase,
): Promise<TestDatabaseUrls> {
  await runAsAdmin(serverAdminUrl, `CREATE DATABASE ${name}`)
  const adminUrl = onDatabase(serverAdminUrl, name)
  const logInAs = (role: string) => asRole(adminUrl, role, randomBytes(24).toString('hex'))
  const urls = {
    adminUrl,
    ownerUrl: logInAs('rampart_owner'),
    appUrl: logInAs('rampart_app'),
    workerUrl: logInAs('rampart_worker'),
    platformUrl: logInAs('rampart_platform'),
  }
  await prepare(urls)
  return urls
}
