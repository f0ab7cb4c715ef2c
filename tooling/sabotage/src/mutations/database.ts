import type { Mutation } from '../mutation.ts'

const foundation = 'packages/database/prisma/migrations/20261124000000_foundation/migration.sql'
const privileges = 'packages/database/src/privileges.test.ts'

/** The second lock: roles, rights and row-level security. */
export const databaseMutations: readonly Mutation[] = [
  {
    name: 'row-level security lets every tenant in',
    file: foundation,
    find: 'CREATE POLICY tenant ON "orders" TO rampart_app\n  USING ("organization_id" = (SELECT app.organization_id()))',
    replace: 'CREATE POLICY tenant ON "orders" TO rampart_app\n  USING (true)',
    tests: ['packages/ownership/src/two-locks.test.ts'],
  },
  {
    name: 'row-level security lets rows be written for another tenant',
    file: foundation,
    find: '  WITH CHECK ("organization_id" = (SELECT app.organization_id()));',
    replace: '  WITH CHECK (true);',
    tests: ['packages/ownership/src/two-locks.test.ts'],
  },
  {
    name: 'row-level security is not forced on a table',
    file: foundation,
    find: 'ALTER TABLE "orders"        ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;',
    replace: 'ALTER TABLE "orders"        ENABLE ROW LEVEL SECURITY;',
    tests: ['apps/api/test/flows/rest.test.ts'],
    refusal: 'reaches tables without forced row-level security',
  },
  {
    name: 'every column of a user can be written',
    file: foundation,
    find: 'GRANT UPDATE ("name", "updated_at") ON "users" TO rampart_app;',
    replace: 'GRANT UPDATE ON "users" TO rampart_app;',
    tests: [privileges],
  },
  {
    name: 'a role that walks past row-level security may serve',
    file: 'packages/database/src/serving-role.ts',
    find: 'if (problems.length === 0) return',
    replace: 'if (problems.length < 99) return',
    tests: ['packages/database/src/serving-role.test.ts'],
  },
  {
    name: 'a scope outlives its transaction',
    file: 'packages/database/src/scoped-query.ts',
    find: "set_config('app.organization_id', $2, true)",
    replace: "set_config('app.organization_id', $2, false)",
    tests: ['packages/database/src/scoped-query.test.ts'],
  },
]
