import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { type OwnedDatabase, openOwnedDatabase } from '../src/open-owned-database.ts'
import type { Reach, Scope } from '../src/scope.ts'
import type { ScopedDatabase } from '../src/scoped-database.ts'

export interface Person {
  readonly userId: string
  readonly organizationId: string
  readonly orderIds: readonly number[]
}

export interface World extends OwnedDatabase {
  readonly test: TestDatabase
  /** The owner's way in, past every guard. */
  readonly sql: Sql
  /** Alice and Adam are of one organization, Bob is of another, and Carol is of both. */
  readonly alice: Person
  readonly adam: Person
  readonly bob: Person
  readonly carol: Person
  /** The database as this person reaches it: the own rows, or any of the organization. */
  as(person: Person, reach: Reach): ScopedDatabase
  close(): Promise<void>
}

export const ordersEach = 2

/** Two organizations on a database of their own; each membership has two orders noted with its name. */
export async function createWorld(): Promise<World> {
  const test = await createTestDatabase()
  const sql = openSql(test.ownerUrl)
  const [acme, globex] = await Promise.all(['acme', 'globex'].map((name) => organize(sql, name)))
  if (!acme || !globex) throw new Error('Both organizations are needed.')
  const people = {
    alice: await join(sql, acme, 'alice'),
    adam: await join(sql, acme, 'adam'),
    bob: await join(sql, globex, 'bob'),
    carol: await join(sql, acme, 'carol'),
  }
  await join(sql, globex, 'carol', people.carol.userId)
  const owned = await openOwnedDatabase({ url: test.appUrl })
  async function close() {
    await Promise.all([owned.database.close(), sql.close()])
    await test.drop()
  }
  const as = (person: Person, reach: Reach) => owned.scopedTo(scopeOf(person, () => reach))
  return { ...owned, ...people, test, sql, as, close }
}

export const scopeOf = (
  { userId, organizationId }: Omit<Person, 'orderIds'>,
  reach: Scope['reach'],
): Scope => ({ userId, organizationId, reach })

async function organize(sql: Sql, name: string): Promise<string> {
  const id = crypto.randomUUID()
  await sql.run('INSERT INTO organizations (id, name) VALUES ($1, $2)', [id, name])
  return id
}

async function join(sql: Sql, organizationId: string, name: string, known?: string) {
  const userId = known ?? crypto.randomUUID()
  const user = [userId, `${name}@world.test`, name]
  if (!known) await sql.run('INSERT INTO users (id, email, name) VALUES ($1, $2, $3)', user)
  await sql.run(
    `INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'member')`,
    [organizationId, userId],
  )
  const orders = await sql.run(
    `INSERT INTO orders (organization_id, user_id, currency, total_cents, note)
     SELECT $1, $2, 'EUR', 100, $3 FROM generate_series(1, ${ordersEach}) RETURNING id`,
    [organizationId, userId, name],
  )
  return { userId, organizationId, orderIds: orders.map((order) => Number(order['id'])) }
}
