import { type LogIn, toPoolConfig } from '@repo/database'
import { PgBoss } from 'pg-boss'

export interface BossOptions extends Pick<LogIn, 'currentUrl' | 'rdsRegion'> {
  /** DATABASE_WORKER_URL. */
  readonly url: string
  /** `transaction` behind a pooler that cannot LISTEN: jobs are then looked for every second. */
  readonly pooler: 'none' | 'transaction'
  readonly maxConnections: number
  readonly schedule: boolean
  /** How often jobs whose worker was killed are looked for. */
  readonly superviseSeconds: number
}

/** pg-boss over the schema that a migration installed: it creates and alters nothing, and refuses another version. */
export function openBoss(options: BossOptions): PgBoss {
  // Its types say nothing of what is not given.
  const connection: object = toPoolConfig(options)
  return new PgBoss({
    ...connection,
    application_name: 'rampart-worker',
    max: options.maxConnections,
    migrate: false,
    createSchema: false,
    reindex: false,
    // Statistics of the server, which the worker's role does not read.
    monitorVacuum: false,
    registerInstance: false,
    schedule: options.schedule,
    useListenNotify: options.pooler === 'none',
    superviseIntervalSeconds: options.superviseSeconds,
    monitorIntervalSeconds: options.superviseSeconds,
    maintenanceIntervalSeconds: 60,
  })
}
