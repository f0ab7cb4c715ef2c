import type { Database } from '@repo/database'

/** Addresses that are closed to whoever is not signed in (G31). */
export interface AddressBlocks {
  /** Until when; null for one that is open. Asks nobody. */
  blockedUntil(key: string): Date | null
  /** How many addresses this process knows to be closed now. */
  countBlocked(): number
  /** Closes an address; the same block again changes nothing. */
  block(key: string, reason: string): Promise<AddressBlock>
  /** What other processes have closed or opened since. */
  refresh(): Promise<void>
  close(): void
}

export interface AddressBlock {
  readonly key: string
  readonly until: Date
  /** How many there were of this address in the last day, this one included. */
  readonly count: number
}

export interface AddressBlocksOptions {
  readonly database: Database
  readonly clock: () => Date
  readonly onError: (error: unknown) => void
}

// What another process has decided is known here after this long.
const refreshMs = 2_000
// A flood of addresses must not fill the memory; the last ones are the ones that still come.
const maxKept = 10_000

interface BlockRow {
  readonly address_key: string
  readonly blocked_until: Date
  readonly block_count: number
}

/** Keeps what it knew while Postgres is gone. */
export function createAddressBlocks({
  database,
  clock,
  onError,
}: AddressBlocksOptions): AddressBlocks {
  let known: ReadonlyMap<string, Date> = new Map()
  // What was closed here while the list was on its way.
  let added = new Map<string, Date>()
  let reading: Promise<void> = Promise.resolve()

  async function read(): Promise<void> {
    added = new Map()
    try {
      const rows = await database.query<BlockRow & Record<string, unknown>>({
        name: 'list_blocked_addresses',
        text: 'SELECT * FROM identity.list_blocked_addresses($1, $2)',
        values: [clock(), maxKept],
      })
      const listed = rows.map((row) => [row.address_key, row.blocked_until] as const)
      known = new Map([...listed, ...added])
    } catch (error) {
      onError(error)
    }
  }

  // One at a time, so that none puts an older list in the place of a newer one.
  const refresh = () => {
    reading = reading.then(read)
    return reading
  }
  const timer = setInterval(() => void refresh(), refreshMs)
  timer.unref()

  return {
    blockedUntil(key) {
      const until = known.get(key)
      return until && until > clock() ? until : null
    },
    countBlocked() {
      const now = clock()
      return [...known.values()].filter((until) => until > now).length
    },
    async block(key, reason) {
      const [row] = await database.query<BlockRow & Record<string, unknown>>({
        name: 'block_address',
        text: 'SELECT * FROM identity.block_address($1, $2, $3)',
        values: [key, reason, clock()],
      })
      if (!row) throw new Error('The database did not say until when an address is blocked.')
      added.set(key, row.blocked_until)
      known = new Map([...known, [key, row.blocked_until]])
      return { key, until: row.blocked_until, count: row.block_count }
    },
    refresh,
    close: () => clearInterval(timer),
  }
}
