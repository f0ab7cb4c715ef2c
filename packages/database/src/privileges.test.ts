import { openSql, type Sql } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTenants, ordersEach, type Tenants } from '../test/create-tenants.ts'
import { Prisma } from './generated/client.ts'

let tenants: Tenants
let app: Sql
let worker: Sql
let platform: Sql

beforeAll(async () => {
  tenants = await createTenants()
  app = openSql(tenants.appUrl)
  worker = openSql(tenants.workerUrl)
  platform = openSql(tenants.platformUrl)
  const session = `SELECT identity.create_session('hash', $1, now(), now() + '1 day', NULL, NULL, false, false)`
  await app.run(session, [tenants.acme.userId])
  await tenants.sql.run(`INSERT INTO passwords VALUES ($1, 'secret')`, [tenants.acme.userId])
  await app.run(event)
})

afterAll(async () => {
  await Promise.all([app.close(), worker.close(), platform.close()])
  await tenants.drop()
})

const event = `INSERT INTO audit_events (action, outcome, request_id) VALUES ('x', 'success', 'r')`

describe('the serving role', () => {
  test.each([
    ['read sessions', 'SELECT id FROM sessions'],
    ['write sessions', 'UPDATE sessions SET expires_at = now()'],
    ['read passwords', 'SELECT hash FROM passwords'],
    ['write passwords', `UPDATE passwords SET hash = ''`],
    ['read audit events', 'SELECT action FROM audit_events'],
    ['change audit events', `UPDATE audit_events SET action = ''`],
    ['delete audit events', 'DELETE FROM audit_events'],
    ['empty audit events', 'TRUNCATE audit_events'],
    [
      'take the number of an audit event to come',
      `INSERT INTO audit_events (id, action, outcome, request_id) VALUES (9, 'x', 'success', 'r')`,
    ],
    ['change an e-mail address', `UPDATE users SET email = 'other@tenants.test'`],
    ['change a platform role', `UPDATE users SET platform_role = 'admin'`],
    ['enable a user', 'UPDATE users SET disabled_at = NULL'],
    ['create a user', `INSERT INTO users (id, email, name) VALUES (gen_random_uuid(), 'e', 'n')`],
    ['delete a user', 'DELETE FROM users'],
    ['join an organization', 'UPDATE memberships SET removed_at = NULL'],
    ['change a role', `UPDATE memberships SET role = 'owner'`],
    ['give a custom role', 'UPDATE memberships SET custom_role_id = NULL'],
    ['move a custom role', 'UPDATE custom_roles SET organization_id = NULL'],
    ['change a plan', `UPDATE organizations SET plan = 'business'`],
    ['bring an organization back', 'UPDATE organizations SET deleted_at = NULL'],
    [
      'invite anybody',
      `INSERT INTO invitations (organization_id, user_id, email, role, expires_at)
       SELECT organization_id, user_id, 'e', 'owner', now() FROM memberships`,
    ],
    ['change an invitation', `UPDATE invitations SET role = 'owner'`],
    ['read what the link of an invitation holds', 'SELECT hash FROM invitation_hashes'],
    ['write what the link of an invitation holds', `UPDATE invitation_hashes SET hash = ''`],
    ['read alerts', 'SELECT id FROM alerts'],
    [
      'settle an alert',
      `SELECT * FROM platform.settle_alert(gen_random_uuid(), gen_random_uuid(), 'resolved', now())`,
    ],
    ['list the users of all tenants', 'SELECT id FROM platform.users'],
    [
      'make an administrator',
      `SELECT * FROM platform.create_user(gen_random_uuid(), 'e', 'n', 'admin', 'o', now())`,
    ],
    ['take the keys of a program', 'SELECT * FROM platform.list_oauth_clients(NULL, 1)'],
    ['become the platform', 'SET ROLE rampart_platform'],
    ['become the owner', 'SET ROLE rampart_owner'],
    ['become identity', 'SET ROLE rampart_identity'],
    ['read the migrations', 'SELECT * FROM _prisma_migrations'],
    ['create a table', 'CREATE TABLE mine (id int)'],
    ['turn row-level security off', 'ALTER TABLE orders DISABLE ROW LEVEL SECURITY'],
  ])('cannot %s', async (_name, text) => {
    await expect(app.run(text)).rejects.toThrow(/permission denied|must be owner/)
  })

  test('can do what it is there for', async () => {
    const { acme } = tenants
    const scope = `SELECT set_config('app.user_id', '${acme.userId}', false)`
    const own = openSql(tenants.appUrl)
    await own.run(scope)
    expect(await own.run(`UPDATE users SET name = 'new' RETURNING email`)).toHaveLength(1)
    expect(await own.run(event)).toEqual([])
    expect(await own.run('SELECT id FROM organizations')).toHaveLength(1)
    await own.close()
  })

  test('asks the identity functions what it cannot read', async () => {
    const found = await app.run(`SELECT * FROM identity.find_session('hash', now(), 60)`)
    expect(found).toMatchObject([{ user_id: tenants.acme.userId }])
    expect(
      await app.run(`SELECT * FROM identity.find_password('acme@tenants.test', now())`),
    ).toHaveLength(1)
  })

  test('is bound by its time limits', async () => {
    const limits = `SELECT current_setting('statement_timeout') AS statement,
      current_setting('lock_timeout') AS lock,
      current_setting('idle_in_transaction_session_timeout') AS idle`
    expect(await app.run(limits)).toEqual([{ statement: '5s', lock: '3s', idle: '10s' }])
  })
})

describe('the platform', () => {
  test('sees the people and organizations of all tenants, and reads the audit log', async () => {
    expect(await platform.run('SELECT id FROM platform.users')).toHaveLength(2)
    expect(await platform.run('SELECT id FROM platform.organizations')).toHaveLength(2)
    expect(await platform.run('SELECT action FROM audit_events')).toContainEqual({ action: 'x' })
  })

  test('reaches no other table', async () => {
    const reached = `SELECT table_name AS name, privilege_type AS privilege
      FROM information_schema.role_table_grants
      WHERE grantee IN ('rampart_platform', 'PUBLIC') AND table_schema IN ('public', 'platform')
      ORDER BY 1, 2`
    expect(await tenants.sql.run(reached)).toEqual([
      { name: 'alerts', privilege: 'SELECT' },
      { name: 'audit_events', privilege: 'SELECT' },
      { name: 'audit_seals', privilege: 'SELECT' },
      { name: 'blocked_addresses', privilege: 'SELECT' },
      { name: 'organizations', privilege: 'SELECT' },
      { name: 'users', privilege: 'SELECT' },
    ])
  })

  test.each([
    ['read orders', 'SELECT id FROM orders'],
    ['read the table of users', 'SELECT id FROM public.users'],
    ['read sessions', 'SELECT id FROM sessions'],
    ['read passwords', 'SELECT hash FROM passwords'],
    ['write through a view', `UPDATE platform.users SET name = 'x'`],
    ['change audit events', `UPDATE audit_events SET action = ''`],
    ['add audit events', event],
    ['log in as somebody', `SELECT * FROM identity.find_password('acme@tenants.test', now())`],
    ['become the owner', 'SET ROLE rampart_owner'],
    ['become identity', 'SET ROLE rampart_identity'],
  ])('cannot %s', async (_what, text) => {
    await expect(platform.run(text)).rejects.toThrow(/permission denied/)
  })

  test('does nothing in the name of who administers nothing', async () => {
    const { userId: id } = tenants.acme
    const asked = await platform.run(
      'SELECT outcome FROM platform.update_user($1, $2, NULL, true, $3, NULL, now())',
      [id, tenants.globex.userId, 'admin'],
    )
    expect(asked).toEqual([{ outcome: 'forbidden' }])
  })
})

describe('the worker', () => {
  test('sees the sessions of all that are over and can delete them, and whose they are of none', async () => {
    const end = (at: string) => tenants.sql.run(`UPDATE sessions SET expires_at = ${at}`)
    const see = () => worker.run('SELECT id FROM sessions')
    expect(await see()).toEqual([])
    await end(`now() - interval '1 second'`)
    expect(await see()).toEqual([{ id: 'hash' }])
    await end(`now() + interval '1 day'`)
    expect(await worker.run('DELETE FROM sessions WHERE id IS NOT NULL RETURNING id')).toEqual([])
    await expect(worker.run('SELECT user_id, address FROM sessions')).rejects.toThrow(
      'permission denied',
    )
  })

  test('can take away organizations that were deleted 30 days ago, and no others', async () => {
    const set = (when: string) => tenants.sql.run(`UPDATE organizations SET deleted_at = ${when}`)
    const remove = () => worker.run('DELETE FROM organizations WHERE id IS NOT NULL RETURNING id')
    for (const when of ['NULL', 'now()', `now() - interval '29 days'`]) {
      await set(when)
      expect(await remove()).toEqual([])
    }
    await set(`now() - interval '31 days'`)
    expect(await worker.run('SELECT id FROM organizations')).toHaveLength(2)
    await set('NULL')
  })

  test.each(['users', 'passwords', 'organizations', 'memberships', 'orders', 'audit_events'])(
    'cannot read %s',
    async (table) => {
      await expect(worker.run(`SELECT * FROM ${table}`)).rejects.toThrow('permission denied')
    },
  )

  test.each([
    ['change a session', 'UPDATE sessions SET expires_at = now()'],
    ['ask an identity function', `SELECT * FROM identity.find_password('acme@tenants.test')`],
  ])('cannot %s', async (_name, text) => {
    await expect(worker.run(text)).rejects.toThrow('permission denied')
  })
})

test('the owner, bound by row-level security too, sees all rows by its named policies', async () => {
  expect(await tenants.sql.run('SELECT id FROM orders')).toHaveLength(2 * ordersEach)
  const policies = `SELECT count(*)::int AS count FROM pg_policies
    WHERE schemaname = 'public' AND policyname = 'owner_migrates' AND roles = '{rampart_owner}'`
  const tables = `SELECT count(*)::int AS count FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity`
  const count = Object.keys(Prisma.ModelName).length
  expect(await tenants.sql.run(tables)).toEqual([{ count }])
  expect(await tenants.sql.run(policies)).toEqual([{ count }])
})

test('every table but Prisma’s own is guarded', async () => {
  const loose = `SELECT relname FROM pg_class
    WHERE relnamespace IN ('public'::regnamespace, 'audit'::regnamespace) AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)`
  expect(await tenants.sql.run(loose)).toEqual([{ relname: '_prisma_migrations' }])
})

test('an identity function is closed to everyone but the serving role', async () => {
  const callers = `SELECT DISTINCT coalesce(r.rolname, 'PUBLIC') AS caller
    FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE p.pronamespace = 'identity'::regnamespace ORDER BY 1`
  const callersSeen = await tenants.sql.run(callers)
  expect(callersSeen).toEqual([{ caller: 'rampart_app' }, { caller: 'rampart_identity' }])
})
