import { hashToken } from '@repo/auth'
import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPlatformAdmin } from './create-platform-admin.ts'

let database: TestDatabase
let sql: Sql

beforeEach(async () => {
  database = await createTestDatabase()
  sql = openSql(database.ownerUrl)
})
afterEach(async () => {
  await sql.close()
  await database.drop()
})

const baseUrl = 'https://app.test'
const create = (email?: string) => createPlatformAdmin(database.ownerUrl, { email, baseUrl })

/** Sets the password as the page behind the link does; the user's address, none for a dead link. */
async function follow(link: string): Promise<unknown> {
  const text = `SELECT email FROM identity.reset_password($1, 'hash', now())`
  const [user] = await sql.run(text, [hashToken(new URL(link).hash.slice(1))])
  return user?.['email']
}

const listAdmins = () =>
  sql.run(`SELECT u.email, u.email_verified_at IS NOT NULL AS verified, p.hash, m.role
    FROM users u JOIN memberships m ON m.user_id = u.id LEFT JOIN passwords p ON p.user_id = u.id
    WHERE u.platform_role = 'admin'`)

test('the first platform admin gets a link that sets a password once', async () => {
  const link = await create('Root@App.test')
  expect(link).toMatch(/^https:\/\/app\.test\/account\/reset-password#[\w-]{49}$/)
  const admin = { email: 'root@app.test', verified: false, hash: null, role: 'owner' }
  expect(await listAdmins()).toEqual([admin])
  expect(await follow(link)).toBe('root@app.test')
  expect(await listAdmins()).toEqual([{ ...admin, verified: true, hash: 'hash' }])
  expect(await follow(link)).toBeUndefined()
})

test('nothing that a user had set before opens the account of an administrator', async () => {
  const [user] = await sql.run(`INSERT INTO users (id, email, name, email_verified_at)
    VALUES (gen_random_uuid(), 'root@app.test', 'Root', now()) RETURNING id`)
  await sql.run(`INSERT INTO passwords VALUES ($1, 'planted')`, [user?.['id']])
  const session = `INSERT INTO sessions (id, user_id, expires_at) VALUES ('s', $1, now() + '1 day')`
  await sql.run(session, [user?.['id']])
  const link = await create('root@app.test')
  expect(await listAdmins()).toMatchObject([{ email: 'root@app.test', hash: null }])
  expect(await sql.run('SELECT id FROM sessions')).toEqual([])
  expect(await follow(link)).toBe('root@app.test')
  expect(await listAdmins()).toMatchObject([{ hash: 'hash' }])
  // Who is the administrator already keeps what they have.
  await create('root@app.test')
  expect(await listAdmins()).toMatchObject([{ hash: 'hash' }])
})

test('the admin there is gets a new link, and keeps the organization', async () => {
  await create('root@app.test')
  expect(await follow(await create('root@app.test'))).toBe('root@app.test')
  expect(await listAdmins()).toHaveLength(1)
})

test('a second one is refused, and nothing is written', async () => {
  await create('root@app.test')
  await expect(create('other@app.test')).rejects.toThrow(
    'root@app.test is a platform admin already',
  )
  expect(await sql.run('SELECT email FROM users')).toEqual([{ email: 'root@app.test' }])
  await sql.run('UPDATE users SET disabled_at = now()')
  expect(await follow(await create('other@app.test'))).toBe('other@app.test')
})

test.each([undefined, '', 'root', 'root@app.test, other@app.test'])(
  '%s is no address',
  async (email) => {
    await expect(create(email)).rejects.toThrow('needs an e-mail address')
    expect(await sql.run('SELECT email FROM users')).toEqual([])
  },
)
