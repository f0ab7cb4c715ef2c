import { findProgram } from './find-program.ts'

const usual = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer']

/** The path of the pgbouncer that PGBOUNCER names, else of one in a usual place; null without any. */
export function findPgbouncer(
  environment: { readonly PGBOUNCER?: string | undefined },
  isThere?: (path: string) => boolean,
): string | null {
  return findProgram({ named: environment.PGBOUNCER, usual }, isThere)
}
