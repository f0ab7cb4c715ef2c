import { findProgram } from './find-program.ts'

const usual = [
  '/usr/bin/redis-server',
  '/usr/bin/valkey-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
]

/** The path of the server that REDIS_SERVER names, Redis or Valkey, else of one in a usual place; null without any. */
export function findRedisServer(
  environment: { readonly REDIS_SERVER?: string | undefined },
  isThere?: (path: string) => boolean,
): string | null {
  return findProgram({ named: environment.REDIS_SERVER, usual }, isThere)
}
