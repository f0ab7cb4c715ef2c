// A full pool or an unreachable server answers within this time (faults 4).
const defaultWaitSeconds = 2

export interface PoolSettings {
  /** Null where the URL does not say. */
  readonly maxConnections: number | null
  readonly waitSeconds: number
}

/** What a Postgres URL says of its pool, by Prisma's names: `connection_limit`, and `pool_timeout` in seconds. Throws for what is no such number. */
export function readPoolSettings(url: string): PoolSettings {
  const { searchParams } = new URL(url)
  return {
    maxConnections: readNumber(searchParams, 'connection_limit', 1_000),
    waitSeconds: readNumber(searchParams, 'pool_timeout', 60) ?? defaultWaitSeconds,
  }
}

function readNumber(parameters: URLSearchParams, name: string, max: number): number | null {
  const text = parameters.get(name)
  if (text === null) return null
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= max) return value
  throw new Error(`${name} of a Postgres URL must be a whole number, 1 to ${max}.`)
}
