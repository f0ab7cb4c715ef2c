import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from './open-database.ts'
import { requirePlatformRole, requireServingRole } from './serving-role.ts'

let testDatabase: TestDatabase
let admin: Sql
let role: string

beforeEach(async () => {
  testDatabase = await createTestDatabase()
  admin = openSql(testDatabase.adminUrl)
  // Roles belong to the whole server, which other tests use at the same time.
  role = `serving_${crypto.randomUUID().replaceAll('-', '')}`
  await admin.run(`CREATE ROLE ${role} LOGIN PASSWORD 'serving'`)
  await admin.run(`GRANT CONNECT ON DATABASE ${testDatabase.name} TO ${role}`)
})

afterEach(async () => {
  await admin.run(`DROP OWNED BY ${role}`)
  await admin.run(`DROP ROLE ${role}`)
  await admin.close()
  await testDatabase.drop()
})

async function check(url = testDatabase.adminUrl): Promise<void> {
  const asRole = new URL(url)
  if (url === testDatabase.adminUrl) {
    asRole.username = role
    asRole.password = 'serving'
  }
  const database = openDatabase({ url: asRole.href, maxConnections: 1 })
  try {
    await requireServingRole(database)
  } finally {
    await database.close()
  }
}

test('the role that the migrations made for serving is accepted', async () => {
  await expect(check(testDatabase.appUrl)).resolves.toBeUndefined()
})

test('the role of the platform is accepted for its administrators, and for nobody else', async () => {
  const database = (url: string) => openDatabase({ url, maxConnections: 1 })
  const platform = database(testDatabase.platformUrl)
  const app = database(testDatabase.appUrl)
  try {
    await expect(requirePlatformRole(platform)).resolves.toBeUndefined()
    await expect(requireServingRole(platform)).rejects.toThrow("reaches the platform's schema")
    await expect(requirePlatformRole(app)).rejects.toThrow(
      "DATABASE_PLATFORM_URL (rampart_app) does not reach the platform's schema",
    )
  } finally {
    await Promise.all([platform.close(), app.close()])
  }
})

test('the owner is refused', async () => {
  await expect(check(testDatabase.ownerUrl)).rejects.toThrow('(rampart_owner) owns tables')
})

test.each([
  ['a superuser', ['ALTER ROLE %s SUPERUSER'], 'is a superuser'],
  ['a role with BYPASSRLS', ['ALTER ROLE %s BYPASSRLS'], 'has BYPASSRLS'],
  ['the owner of a table', ['ALTER TABLE orders OWNER TO %s'], 'owns tables'],
  ['a member of the owner', ['GRANT rampart_owner TO %s'], "is a member of the tables' owner"],
  [
    'a member of a member of the owner',
    ['CREATE ROLE %s_group', 'GRANT rampart_owner TO %s_group', 'GRANT %s_group TO %s'],
    "is a member of the tables' owner",
  ],
  [
    'a role that can become one with BYPASSRLS',
    ['CREATE ROLE %s_group BYPASSRLS', 'GRANT %s_group TO %s'],
    'can become a privileged role (',
  ],
  [
    'a role that reaches a table without row-level security',
    ['CREATE TABLE loose (id int)', 'GRANT SELECT ON loose TO %s'],
    'reaches tables without forced row-level security (loose)',
  ],
  [
    'a role that reaches one column of such a table',
    ['CREATE TABLE loose (id int)', 'GRANT SELECT (id) ON loose TO %s'],
    'reaches tables without forced row-level security (loose)',
  ],
  [
    'a role that reaches a table whose row-level security is not forced',
    ['ALTER TABLE orders NO FORCE ROW LEVEL SECURITY', 'GRANT DELETE ON orders TO %s'],
    'reaches tables without forced row-level security (orders)',
  ],
])('%s is refused, and was accepted before', async (_name, changes, problem) => {
  await expect(check()).resolves.toBeUndefined()
  for (const change of changes) await admin.run(change.replaceAll('%s', role))
  await expect(check()).rejects.toThrow(problem)
  await admin.run(`DROP ROLE IF EXISTS ${role}_group`)
})

test('all reasons are named at once', async () => {
  await admin.run(`ALTER ROLE ${role} BYPASSRLS`)
  await admin.run(`GRANT rampart_owner TO ${role}`)
  await expect(check()).rejects.toThrow(
    `(${role}) has BYPASSRLS, is a member of the tables' owner, reaches`,
  )
})
