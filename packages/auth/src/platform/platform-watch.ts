import type { PlaceInTime, PlatformOptions } from './platform-users.ts'

/** What an administrator of the platform should know at once. Of what can be many, 1000 are counted. */
export interface PlatformOverview {
  readonly openAlerts: number
  /** Of those that are open. */
  readonly criticalAlerts: number
  readonly acknowledgedAlerts: number
  /** When the last alert was last seen; null where there was none. */
  readonly quietSince: Date | null
  readonly blockedAddresses: number
  readonly deadLetters: number
  /** API keys that end within 14 days, or are over their age. */
  readonly dueKeys: number
  readonly sealedAt: Date | null
  readonly unsealed: number
  readonly unsealedSince: Date | null
}

/** An API key that ends within 14 days, or is refused since it is older than keys may become. */
export interface DueKey {
  readonly id: string
  readonly organizationId: string
  readonly organization: string
  readonly userId: string
  readonly email: string
  readonly name: string
  readonly prefix: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly endsAt: Date
}

/** What waits in a queue: 10 000 jobs are counted at most. */
export interface JobQueue {
  readonly name: string
  readonly waiting: number
  readonly retrying: number
  readonly running: number
  /** Since when the oldest job that is due waits. */
  readonly oldestAt: Date | null
  /** Jobs of it that were given up, and wait for somebody. */
  readonly deadLetters: number
}

export interface PlatformWatch {
  get(): Promise<PlatformOverview>
  /** The first to end first; those after the one that ends then and has this id, be it still due or not. */
  listDueKeys(page: {
    readonly after?: PlaceInTime | undefined
    readonly limit: number
  }): Promise<readonly DueKey[]>
  listQueues(): Promise<readonly JobQueue[]>
}

interface WatchOptions extends Pick<PlatformOptions, 'platform' | 'clock'> {
  readonly keyMaxAgeDays: number
}

const overview = `
  SELECT open_alerts AS "openAlerts", critical_alerts AS "criticalAlerts", acknowledged_alerts AS "acknowledgedAlerts",
         quiet_since AS "quietSince", blocked_addresses AS "blockedAddresses", dead_letters AS "deadLetters",
         due_keys AS "dueKeys", sealed_at AS "sealedAt", unsealed, unsealed_since AS "unsealedSince"
    FROM platform.overview($1, $2)`

const dueKeys = `
  SELECT id, organization_id AS "organizationId", organization, user_id AS "userId", email, name, prefix,
         created_at AS "createdAt", last_used_at AS "lastUsedAt", ends_at AS "endsAt"
    FROM platform.list_due_keys($1, $2, $3, $4, $5)`

const queues = `
  SELECT name, waiting, retrying, running, oldest_at AS "oldestAt", dead_letters AS "deadLetters"
    FROM platform.list_job_queues($1)`

export function createPlatformWatch({
  platform,
  clock,
  keyMaxAgeDays,
}: WatchOptions): PlatformWatch {
  const ask = <Row extends object>(name: string, text: string, values: readonly unknown[]) =>
    platform.query<Row & Record<string, unknown>>({ name, text, values })
  return {
    async get() {
      const values = [clock(), keyMaxAgeDays]
      const [row] = await ask<PlatformOverview>('platform_overview', overview, values)
      if (!row) throw new Error('The database gave no overview.')
      return row
    },
    listDueKeys: ({ after = [null, null], limit }) =>
      ask<DueKey>('platform_due_keys', dueKeys, [clock(), keyMaxAgeDays, ...after, limit]),
    listQueues: () => ask<JobQueue>('platform_job_queues', queues, [clock()]),
  }
}
