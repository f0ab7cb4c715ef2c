import type { Mutation } from '../mutation.ts'

const ownership = 'packages/ownership/src'
const orderOwn =
  "resource: 'order',\n    own: (scope) => ({ organizationId: tenantOf(scope), userId: scope.userId }),\n"

/** The first lock: the scoped client. */
export const ownershipMutations: readonly Mutation[] = [
  {
    name: 'own reaches the whole tenant',
    file: `${ownership}/owned-models.ts`,
    find: orderOwn,
    replace: "resource: 'order',\n    own: (scope) => ({ organizationId: tenantOf(scope) }),\n",
    tests: [`${ownership}/scoped-reads.test.ts`],
  },
  {
    name: 'any reaches every tenant',
    file: `${ownership}/owned-models.ts`,
    find: `${orderOwn}    any: (scope) => ({ organizationId: tenantOf(scope) }),`,
    replace: `${orderOwn}    any: () => ({}),`,
    tests: [`${ownership}/two-locks.test.ts`],
  },
  {
    name: 'without an organization every tenant is reached',
    file: `${ownership}/owned-models.ts`,
    find: 'scope.organizationId ?? { in: [] }',
    replace: 'scope.organizationId ?? { not: "00000000-0000-0000-0000-000000000000" }',
    tests: [`${ownership}/two-locks.test.ts`, `${ownership}/scope-arguments.test.ts`],
  },
  {
    name: 'a change moves a row to another owner',
    file: `${ownership}/scope-arguments.ts`,
    find: 'if (moved.length > 0) throw',
    replace: 'if (moved.length > 9) throw',
    tests: [`${ownership}/scope-arguments.test.ts`],
  },
  {
    name: 'a row is created in a tenant of the input’s',
    file: `${ownership}/scope-arguments.ts`,
    find: 'ownValue(data[tenant], scope.organizationId)',
    replace: 'data[tenant] ?? scope.organizationId',
    tests: [`${ownership}/two-locks.test.ts`],
  },
  {
    name: 'nested writes are let through',
    file: `${ownership}/scope-arguments.ts`,
    find: 'if (nested.length > 0) {',
    replace: 'if (nested.length > 99) {',
    tests: [`${ownership}/scope-arguments.test.ts`],
  },
  {
    name: 'a caller’s condition takes the place of the scope’s',
    file: `${ownership}/scope-arguments.ts`,
    find: '{ ...asked, AND: [...also, reachable] }',
    replace: '{ AND: [...also, reachable], ...asked }',
    tests: [`${ownership}/scoped-reads.test.ts`, `${ownership}/scope-arguments.test.ts`],
  },
  {
    name: 'upsert is let through',
    file: `${ownership}/reachable-rows.ts`,
    find: "  deleteMany: 'delete',\n",
    replace: "  deleteMany: 'delete',\n  upsert: 'update',\n",
    tests: [`${ownership}/scope-arguments.test.ts`],
  },
  {
    name: 'findUnique is not turned into findFirst',
    file: `${ownership}/scoped-database.ts`,
    find: 'delegate[singly[call.method] ?? call.method]',
    replace: 'delegate[call.method]',
    tests: [`${ownership}/find-unique.test.ts`],
  },
  {
    name: 'If-Match is ignored',
    file: `${ownership}/seen-versions.ts`,
    find: 'unchangedSince?.resource === ownershipOf(model).resource ?',
    replace: "unchangedSince?.resource === '' ?",
    tests: ['apps/api/test/flows/if-match.test.ts'],
  },
]
