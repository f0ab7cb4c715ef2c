import { type Database, openDatabase } from '@repo/database'
import { createTestDatabase, openSql, type Sql } from '@repo/testing'
import { createIdempotency, type Idempotency, type KeyedRequest } from '../src/idempotency.ts'

export interface Kept extends Idempotency {
  readonly database: Database
  /** The owner's way in, past every guard. */
  readonly sql: Sql
  moveClock(seconds: number): void
  close(): Promise<void>
}

/** Idempotency keys on a database of their own, as the serving role reaches them. */
export async function createKept(): Promise<Kept> {
  const test = await createTestDatabase()
  const sql = openSql(test.ownerUrl)
  const database = openDatabase({ url: test.appUrl })
  let offsetMs = 0
  const clock = () => new Date(Date.now() + offsetMs)
  return {
    ...createIdempotency({ database, clock }),
    database,
    sql,
    moveClock: (seconds) => {
      offsetMs += seconds * 1_000
    },
    async close() {
      await Promise.all([database.close(), sql.close()])
      await test.drop()
    },
  }
}

/** A request of a user and organization of its own unless they are given. */
export const requestOf = (given: Partial<KeyedRequest> = {}): KeyedRequest => ({
  userId: crypto.randomUUID(),
  organizationId: crypto.randomUUID(),
  key: 'key-1',
  requestHash: 'a'.repeat(64),
  ...given,
})
