import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'

/** One person of one organization, in the form of a row scope. */
export interface Tenant {
  readonly userId: string
  readonly organizationId: string
}

export interface Tenants extends TestDatabase {
  /** The owner's way in, past the serving role's policies. */
  readonly sql: Sql
  readonly acme: Tenant
  readonly globex: Tenant
}

export const ordersEach = 5

/** A database with two tenants, each of one person and five orders noted with its name. */
export async function createTenants(): Promise<Tenants> {
  const database = await createTestDatabase()
  const sql = openSql(database.ownerUrl)
  const [acme, globex] = [await createTenant(sql, 'acme'), await createTenant(sql, 'globex')]
  async function drop() {
    await sql.close()
    await database.drop()
  }
  return { ...database, sql, acme, globex, drop }
}

async function createTenant(sql: Sql, name: string): Promise<Tenant> {
  const tenant = { userId: crypto.randomUUID(), organizationId: crypto.randomUUID() }
  const ids = [tenant.organizationId, tenant.userId]
  await sql.run('INSERT INTO organizations (id, name) VALUES ($1, $2)', [ids[0], name])
  const user = [ids[1], `${name}@tenants.test`, name]
  await sql.run(
    'INSERT INTO users (id, email, name, email_verified_at) VALUES ($1, $2, $3, now())',
    user,
  )
  const member = `INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'member')`
  await sql.run(member, ids)
  await sql.run(
    `INSERT INTO orders (organization_id, user_id, currency, total_cents, note)
     SELECT $1, $2, 'EUR', 100, $3 FROM generate_series(1, ${ordersEach})`,
    [...ids, name],
  )
  return tenant
}
