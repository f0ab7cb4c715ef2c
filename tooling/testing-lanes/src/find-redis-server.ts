import { existsSync } from 'node:fs'

const usualPlaces = [
  '/usr/bin/redis-server',
  '/usr/bin/valkey-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
]

/** The path of the server that REDIS_SERVER names, Redis or Valkey, else of one in a usual place; null without any. */
export function findRedisServer(
  environment: { readonly REDIS_SERVER?: string | undefined },
  isThere: (path: string) => boolean = existsSync,
): string | null {
  const named = environment.REDIS_SERVER ? [environment.REDIS_SERVER] : []
  return [...named, ...usualPlaces].find(isThere) ?? null
}
