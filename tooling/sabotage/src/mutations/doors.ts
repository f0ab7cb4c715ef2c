import type { Mutation } from '../mutation.ts'

const procedures = 'apps/api/src/procedures'
const security = 'apps/api/test/security'

/** What stands before a handler. */
export const doorMutations: readonly Mutation[] = [
  {
    name: 'no permission is required',
    file: `${procedures}/require-permission.ts`,
    find: 'if (grants.reach(action) !== null) return',
    replace: 'if (grants.reach(action) !== undefined) return',
    tests: [`${security}/access-matrix.test.ts`],
    titles: 'organizations.members.update|orders.create',
  },
  {
    name: 'a hidden object answers 403',
    file: `${procedures}/require-permission.ts`,
    find: "if (hidden) throw new AppError('not_found')",
    replace: "if (hidden) throw new AppError('forbidden')",
    tests: [`${security}/access-matrix.test.ts`],
    titles: 'organizations.members.update|orders.create',
  },
  {
    name: 'the organization of the header is trusted',
    file: `${procedures}/require-organization.ts`,
    find: "  if (!membership) throw new AppError('not_found')\n",
    replace:
      "  if (!membership) return { organizationId: wanted, role: 'owner', plan: 'standard', requiresSecondFactor: false }\n",
    tests: [`${security}/cross-tenant.test.ts`],
    titles: 'x-organization-id',
  },
  {
    name: 'one of several organizations is chosen for the caller',
    file: `${procedures}/require-organization.ts`,
    find: 'return memberships.length === 1 ?',
    replace: 'return memberships.length >= 1 ?',
    tests: [`${security}/access-matrix.test.ts`],
    titles: 'organizations.members.update|orders.create',
  },
  {
    name: 'a fresh session never becomes stale',
    file: `${procedures}/require-session.ts`,
    find: 'age > freshSeconds * 1_000',
    replace: 'age > freshSeconds * 1_000_000',
    tests: [`${security}/step-up.test.ts`],
  },
  {
    name: 'keys pass through the fresh doors',
    file: `${procedures}/require-session.ts`,
    find: "if (!isSignedIn(caller)) throw new AppError('session_required')",
    replace:
      'if (!isSignedIn(caller)) return { ...caller, credential: { ...caller.credential, authenticatedAt: new Date() } } as never',
    tests: [`${security}/api-keys.test.ts`],
  },
  {
    name: 'a half session is a whole one',
    file: 'apps/api/src/context.ts',
    find: 'if (found.pending) request.halfSignedIn = found.identity',
    replace: 'if (found.pending) request.identity = found.identity',
    tests: ['apps/api/test/flows/second-factors.test.ts'],
  },
  {
    name: 'an organization’s second factor is not required',
    file: `${procedures}/require-second-factor.ts`,
    find: '&& !credential.secondFactor',
    replace: '&& !credential',
    tests: ['apps/api/test/flows/second-factors.test.ts'],
  },
  {
    name: 'the platform’s role is not checked',
    file: `${procedures}/require-platform-permission.ts`,
    find: '.reach(action) === null',
    replace: '.reach(action) === undefined',
    tests: ['apps/api/test/flows/admin-users.test.ts'],
  },
  {
    name: 'in production one factor is enough for the platform’s administrators',
    file: `${procedures}/require-platform-permission.ts`,
    find: '&& !caller.credential.secondFactor',
    replace: '&& !caller.credential',
    tests: ['apps/api/test/oauth/clients.test.ts'],
  },
  {
    name: 'what a key was given is ignored',
    file: 'packages/rbac/src/grants.ts',
    find: 'const reaches = [grants.reach(action), narrow.reach(action)]',
    replace: 'const reaches = [grants.reach(action)]',
    tests: [`${security}/api-keys.test.ts`],
  },
  {
    name: 'a key outgrows its owner',
    file: 'packages/rbac/src/grants.ts',
    find: 'const reaches = [grants.reach(action), narrow.reach(action)]',
    replace: 'const reaches = [narrow.reach(action)]',
    tests: [`${security}/api-keys.test.ts`],
  },
  {
    name: 'calls are not limited',
    file: `${procedures}/limit-rate.ts`,
    find: 'if (!decision.allowed) {',
    replace: 'if (decision.allowed === undefined) {',
    tests: [`${security}/rate-limits.test.ts`],
  },
  {
    name: 'a refusal is not in the audit log',
    file: `${procedures}/record-outcome.ts`,
    find: "if (type === 'mutation' || outcome !== 'success') {",
    replace: "if (type === 'mutation' && outcome === 'success') {",
    tests: [`${security}/audit.test.ts`],
  },
  {
    name: 'hostile JSON is let through',
    file: `${procedures}/refuse-hostile-json.ts`,
    find: 'if (fields.length > 0) throw',
    replace: 'if (fields.length > 999) throw',
    tests: [`${security}/error-replies.test.ts`],
  },
]
