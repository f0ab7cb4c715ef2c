import { openSql, startThrowAwayPostgres, type ThrowAwayPostgres } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyMigrations } from './migrations.ts'
import { provisionDatabase } from './provision.ts'

let server: ThrowAwayPostgres

// A server of its own: roles belong to the whole server.
beforeAll(async () => {
  server = await startThrowAwayPostgres()
})
afterAll(() => server.remove())

function as(role: string, password = `${role} p@ss'word`): string {
  const url = new URL(server.adminUrl)
  url.username = role
  url.password = encodeURIComponent(password)
  return url.href
}

const urls = () => ({
  adminUrl: server.adminUrl,
  ownerUrl: as('rampart_owner'),
  appUrl: as('rampart_app'),
  workerUrl: as('rampart_worker'),
  platformUrl: as('rampart_platform'),
})

async function run(url: string, text: string) {
  const sql = openSql(url)
  return sql.run(text).finally(() => sql.close())
}

const roles = `SELECT rolname AS role, rolcanlogin AS login FROM pg_roles
  WHERE rolname LIKE 'rampart%' AND NOT (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole)
  ORDER BY 1`
const expectedRoles = [
  { role: 'rampart_app', login: true },
  { role: 'rampart_identity', login: false },
  { role: 'rampart_owner', login: true },
  { role: 'rampart_platform', login: true },
  { role: 'rampart_worker', login: true },
]

test('an empty server gets its roles, none of them privileged, and takes the migrations', async () => {
  await provisionDatabase(urls())
  expect(await run(server.adminUrl, roles)).toEqual(expectedRoles)
  expect(await applyMigrations({ ownerUrl: urls().ownerUrl })).not.toHaveLength(0)
  expect(await run(urls().appUrl, 'SELECT id FROM orders')).toEqual([])
})

test('a role that was changed by hand is mended, and a new password is taken', async () => {
  await run(server.adminUrl, 'ALTER ROLE rampart_app SUPERUSER BYPASSRLS')
  expect(await run(server.adminUrl, roles)).toHaveLength(4)
  await provisionDatabase({ ...urls(), appUrl: as('rampart_app', 'another') })
  expect(await run(server.adminUrl, roles)).toEqual(expectedRoles)
  expect(await run(as('rampart_app', 'another'), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await expect(run(urls().appUrl, 'SELECT 1')).rejects.toThrow('password authentication failed')
})

test('no other role may connect to the database', async () => {
  await run(server.adminUrl, `CREATE ROLE stranger LOGIN PASSWORD 'stranger'`)
  await expect(run(as('stranger', 'stranger'), 'SELECT 1')).rejects.toThrow('permission denied')
  expect(await run(urls().workerUrl, 'SELECT id FROM sessions')).toEqual([])
})

test('where nobody administers the platform, its role cannot log in', async () => {
  expect(await run(urls().platformUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await provisionDatabase({ ...urls(), platformUrl: null })
  await expect(run(urls().platformUrl, 'SELECT 1')).rejects.toThrow('authentication failed')
  await provisionDatabase(urls())
  expect(await run(urls().platformUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a URL of another role is refused before anything is changed', async () => {
  const wrong = { ...urls(), appUrl: as('rampart_owner') }
  await expect(provisionDatabase(wrong)).rejects.toThrow(
    'log in as rampart_app, not as rampart_owner',
  )
})
