/** One database, as the superuser and as each of the roles that migrate and serve it. */
export interface TestDatabaseUrls {
  readonly adminUrl: string
  readonly ownerUrl: string
  readonly appUrl: string
  readonly workerUrl: string
  readonly platformUrl: string
}

/** Creates the roles that the URLs name and fills the database. */
export type PrepareDatabase = (urls: TestDatabaseUrls) => Promise<void>

/** The same server and log-in, another database. */
export function onDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

/** The same server and database, another log-in. */
export function asRole(url: string, role: string, password: string): string {
  const changed = new URL(url)
  changed.username = role
  changed.password = password
  return changed.href
}
