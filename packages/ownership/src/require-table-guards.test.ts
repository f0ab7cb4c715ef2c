import { createTestDatabase, openSql } from '@repo/testing'
import { describe, expect, test } from 'vitest'
import { guardTable } from './guard-new-tables.ts'
import { openOwnedDatabase } from './open-owned-database.ts'
import type { Policy } from './serving-policies.ts'
import { listTableGuards } from './table-guard.ts'

const guards = listTableGuards()

/** What starting says after these changes of the owner's; null where it starts. */
async function startAfter(...changes: readonly string[]): Promise<string | null> {
  const database = await createTestDatabase()
  const owner = openSql(database.ownerUrl)
  try {
    for (const change of changes) await owner.run(change)
    const owned = await openOwnedDatabase({ url: database.appUrl, maxConnections: 1 })
    await owned.database.close()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await owner.close()
    await database.drop()
  }
}

test('the database that the migrations make is served', async () => {
  expect(await startAfter()).toBeNull()
})

const written = ({ using, check }: Policy) =>
  `${using ? `USING (${using})` : ''} ${check ? `WITH CHECK (${check})` : ''}`

/** Every way to change one policy; none where a policy has nothing to change in that way. */
const alterations: Readonly<Record<string, (on: string, policy: Policy) => readonly string[]>> = {
  'is gone': (on) => [`DROP POLICY ${on}`],
  'shows every row': (on, { using }) => (using ? [`ALTER POLICY ${on} USING (true)`] : []),
  'shows more rows': (on, { using }) =>
    using ? [`ALTER POLICY ${on} USING (${using} OR current_user = 'x')`] : [],
  'shows fewer rows': (on, { using }) =>
    using ? [`ALTER POLICY ${on} USING (${using} AND false)`] : [],
  'lets every row be written': (on, { check }) =>
    check && check !== 'true' ? [`ALTER POLICY ${on} WITH CHECK (true)`] : [],
  'lets fewer rows be written': (on, { check }) =>
    check ? [`ALTER POLICY ${on} WITH CHECK (${check} AND false)`] : [],
  'is for PUBLIC': (on) => [`ALTER POLICY ${on} TO PUBLIC`],
  'is for another role too': (on) => [`ALTER POLICY ${on} TO rampart_app, rampart_worker`],
  'is for another role alone': (on) => [`ALTER POLICY ${on} TO rampart_worker`],
  'is for another command': (on, { command, using = 'true' }) => [
    `DROP POLICY ${on}`,
    `CREATE POLICY ${on} FOR ${command === 'SELECT' ? 'DELETE' : 'SELECT'} TO rampart_app USING (${using})`,
  ],
  'only restricts': (on, policy) => [
    `DROP POLICY ${on}`,
    `CREATE POLICY ${on} AS RESTRICTIVE FOR ${policy.command} TO rampart_app ${written(policy)}`,
  ],
}

const policiesOf = guards.flatMap(({ table, policies }) =>
  policies.map((policy) => ({ table, policy, on: `${policy.name} ON "${table}"` })),
)

// Of all policies at once: starting names every one of them.
describe.each(Object.entries(alterations))('a policy that %s', (_name, alter) => {
  const altered = policiesOf
    .map(({ table, policy, on }) => ({ table, policy, changes: alter(on, policy) }))
    .filter(({ changes }) => changes.length > 0)

  test('keeps the server from starting, whichever it is', async () => {
    const said = await startAfter(...altered.flatMap(({ changes }) => changes))
    const named = altered.filter(({ table, policy }) =>
      said?.includes(`\n  ${table}: the policy ${policy.name} is`),
    )
    expect(named.length, said ?? 'It started.').toBeGreaterThan(policiesOf.length / 2)
    expect(named).toEqual(altered)
  })
})

const loosened: Readonly<Record<string, readonly [change: string, said: string]>> = {
  'row-level security is off': [
    'ALTER TABLE %t DISABLE ROW LEVEL SECURITY',
    'row-level security is not on and forced',
  ],
  'row-level security is not forced': [
    'ALTER TABLE %t NO FORCE ROW LEVEL SECURITY',
    'row-level security is not on and forced',
  ],
  'there is a policy more': [
    'CREATE POLICY more ON %t FOR SELECT TO rampart_app USING (true)',
    'the policy more is one too many: PERMISSIVE FOR SELECT TO rampart_app USING true',
  ],
  'there is a policy for PUBLIC': [
    'CREATE POLICY more ON %t TO PUBLIC USING (true)',
    'the policy more is one too many: PERMISSIVE FOR ALL TO public USING true',
  ],
  'a right is granted': [
    'GRANT TRUNCATE ON %t TO rampart_app',
    'the serving role has TRUNCATE, which is one too many',
  ],
  'a right is granted to PUBLIC': [
    'GRANT TRIGGER ON %t TO PUBLIC',
    'the serving role has TRIGGER, which is one too many',
  ],
}

test.each(Object.entries(loosened))(
  'a server does not start where %s, whichever table it is of',
  async (_name, [change, problem]) => {
    const said = await startAfter(...guards.map(({ table }) => change.replace('%t', `"${table}"`)))
    const named = guards.filter(({ table }) => said?.includes(`\n  ${table}: ${problem}`))
    expect(named).toEqual(guards)
  },
)

test('what is closed cannot be read, and what is open can', async () => {
  const isOpen = ({ grants }: (typeof guards)[number]) => grants.select === true
  const said = await startAfter(
    ...guards.map((guard) =>
      isOpen(guard)
        ? `REVOKE SELECT ON "${guard.table}" FROM rampart_app`
        : `GRANT SELECT ON "${guard.table}" TO rampart_app`,
    ),
  )
  for (const guard of guards) {
    expect(said).toContain(
      `${guard.table}: the serving role ${isOpen(guard) ? 'lacks SELECT' : 'has SELECT, which is'}`,
    )
  }
})

test('a column that is closed is named', async () => {
  expect(await startAfter('GRANT SELECT (hash) ON passwords TO PUBLIC')).toContain(
    'passwords: the serving role has SELECT(hash), which is one too many',
  )
})

test('what the next version adds may be there before it runs, guarded by itself', async () => {
  const changes = [
    'CREATE TABLE next (id int)',
    'GRANT SELECT, INSERT ON next TO rampart_app',
    'ALTER TABLE users ADD COLUMN nickname text',
    'GRANT UPDATE (nickname) ON users TO rampart_app',
  ]
  const forced = 'ALTER TABLE next ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
  expect(await startAfter(...changes, forced)).toBeNull()
  expect(await startAfter(...changes)).toContain('next: the serving role reaches it')
  const open = 'CREATE POLICY all_of_them ON next TO rampart_app USING (true)'
  expect(await startAfter(...changes, forced, open)).toContain('next: the serving role reaches it')
})

test.each([
  ['table', 'CREATE TABLE loose (id int)', 'ALTER TABLE loose ENABLE ROW LEVEL SECURITY'],
  ['view', 'CREATE VIEW loose AS SELECT * FROM users', 'COMMENT ON VIEW loose IS NULL'],
])(
  'a %s that no model has may be there, but not for the serving role',
  async (_kind, ...changes) => {
    expect(await startAfter(...changes)).toBeNull()
    expect(await startAfter(...changes, 'GRANT SELECT ON loose TO rampart_app')).toContain(
      'loose: the serving role reaches it',
    )
  },
)

test('a partition is guarded by itself too, and is nobody’s who serves', async () => {
  const part = 'audit.events_default'
  expect(await startAfter(`ALTER TABLE ${part} NO FORCE ROW LEVEL SECURITY`)).toContain(
    'events_default: row-level security is not on and forced for this partition',
  )
  for (const right of ['SELECT', 'INSERT', 'UPDATE (action)', 'DELETE', 'TRUNCATE']) {
    expect(await startAfter(`GRANT ${right} ON ${part} TO rampart_app`)).toContain(
      'events_default: the serving role reaches it',
    )
  }
})

test('all differences are named at once, with what the role itself is not to be', async () => {
  const said = await startAfter(
    'DROP POLICY tenant ON orders',
    'ALTER TABLE files DISABLE ROW LEVEL SECURITY',
    'GRANT SELECT ON passwords TO rampart_app',
  )
  for (const part of [
    'without forced row-level security (files)',
    'orders: the policy tenant is missing',
    'files: row-level',
    'passwords: the serving role has SELECT',
  ]) {
    expect(said).toContain(part)
  }
})

test('what is generated is what the migrations made by hand', async () => {
  const clear = guards.flatMap(({ table, policies }) => [
    `REVOKE ALL ON "${table}" FROM rampart_app`,
    `DROP POLICY owner_migrates ON "${table}"`,
    ...policies.map(({ name }) => `DROP POLICY ${name} ON "${table}"`),
  ])
  expect(await startAfter(...clear)).toContain('orders: the policy tenant is missing')
  expect(await startAfter(...clear, ...guards.map((guard) => guardTable(guard)))).toBeNull()
})
