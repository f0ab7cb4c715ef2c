import type { Meter } from './meter.ts'

/** A pool of connections to Postgres (`Database` of @repo/database). */
interface Pool {
  countConnections(): { readonly inUse: number; readonly idle: number; readonly waiting: number }
}

/** The connections of the process to Postgres, and the queries that wait for one. */
export function observePools(meter: Meter, pools: Readonly<Record<string, Pool>>): void {
  meter.observe({
    kind: 'gauge',
    name: 'rampart_database_connections',
    help: 'Connections to Postgres in use and idle, and queries that wait for one',
    labels: { pool: Object.keys(pools), state: ['in_use', 'idle', 'waiting'] },
    read: () =>
      Object.entries(pools).flatMap(([pool, { countConnections }]) => {
        const { inUse, idle, waiting } = countConnections()
        return Object.entries({ in_use: inUse, idle, waiting }).map(([state, value]) => ({
          labels: { pool, state },
          value,
        }))
      }),
  })
}
