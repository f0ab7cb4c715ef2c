import { type Database, openDatabase } from '@repo/database'
import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'

export interface People {
  readonly test: TestDatabase
  readonly database: Database
  /** The owner's way in, past every guard. */
  readonly sql: Sql
  /** A person of one organization; returns both ids. */
  create(name: string): Promise<Person>
  /** Makes a person a member of another's organization. */
  join(userId: string, organizationId: string, role: string): Promise<void>
  close(): Promise<void>
}

export interface Person {
  readonly userId: string
  readonly organizationId: string
}

/** A database of its own as the serving role opens it, and what makes people in it. */
export async function createPeople(): Promise<People> {
  const test = await createTestDatabase()
  const sql = openSql(test.ownerUrl)
  const database = openDatabase({ url: test.appUrl })

  async function join(userId: string, organizationId: string, role: string): Promise<void> {
    const member = 'INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)'
    await sql.run(member, [organizationId, userId, role])
  }

  return {
    test,
    database,
    sql,
    join,
    async create(name) {
      const [userId, organizationId] = [crypto.randomUUID(), crypto.randomUUID()]
      const user = [userId, `${name}@people.test`, name]
      await sql.run(
        'INSERT INTO users (id, email, name, email_verified_at) VALUES ($1, $2, $3, now())',
        user,
      )
      await sql.run(`INSERT INTO organizations (id, name) VALUES ($1, 'acme')`, [organizationId])
      await join(userId, organizationId, 'admin')
      return { userId, organizationId }
    },
    async close() {
      await Promise.all([database.close(), sql.close()])
      await test.drop()
    },
  }
}
