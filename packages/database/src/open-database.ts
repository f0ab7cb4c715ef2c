import type pg from 'pg'
import { toAppError } from './database-errors.ts'
import { PrismaClient } from './generated/client.ts'
import { readPoolSettings } from './pool-settings.ts'
import { createScopedAdapter } from './scoped-adapter.ts'
import { createScopedPool, type PoolOptions } from './scoped-pool.ts'

export interface Statement {
  /** Postgres prepares the text once per connection under this name. */
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
}

/** The serving role's way to Postgres. For guards alone: a handler gets the scoped client. */
export interface Database {
  readonly prisma: PrismaClient
  /** Runs one statement outside Prisma; rows come typed as the caller declares them. Throws AppError. */
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<readonly Row[]>
  /** Resolves when Postgres answers; rejects within the pool's bounds when it does not. */
  ping(): Promise<void>
  /** The connections of the pool, and who waits for one. */
  countConnections(): Connections
  close(): Promise<void>
}

export interface Connections {
  readonly inUse: number
  readonly idle: number
  /** Queries for which there was none yet. */
  readonly waiting: number
}

export function openDatabase(options: PoolOptions): Database {
  const named = options.pooler !== 'transaction'
  const { waitSeconds } = readPoolSettings(options.url)
  const pool = createScopedPool(options)
  const prisma = new PrismaClient({
    adapter: createScopedAdapter(pool, { named }),
    errorFormat: 'minimal',
    transactionOptions: { maxWait: waitSeconds * 1_000, timeout: 5_000 },
  })
  return {
    prisma,
    async query<Row extends pg.QueryResultRow>({ name, text, values }: Statement) {
      try {
        const query = { ...(named ? { name } : {}), text, values: [...values] }
        const result = await pool.query<Row>(query)
        return result.rows
      } catch (error) {
        throw toAppError(error)
      }
    },
    async ping() {
      await pool.query({ text: 'SELECT 1' })
    },
    countConnections() {
      const { totalCount, idleCount: idle, waitingCount: waiting } = pool
      return { inUse: totalCount - idle, idle, waiting }
    },
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
