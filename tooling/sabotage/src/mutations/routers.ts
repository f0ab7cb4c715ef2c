import type { Mutation } from '../mutation.ts'

const routers = 'apps/api/src/routers'
const refusal = 'The router is not safe to serve'

/** What a router may take and give. */
export const routerMutations: readonly Mutation[] = [
  {
    name: 'one input takes fields it does not know',
    file: `${routers}/users.ts`,
    find: 'z.strictObject({ userId: id, name:',
    replace: 'z.object({ userId: id, name:',
    tests: ['apps/api/test/security/unknown-fields.test.ts'],
    titles: 'users.update',
    refusal,
  },
  {
    name: 'one procedure declares no output',
    file: `${routers}/users.ts`,
    find: '    .output(user)\n    .query',
    replace: '    .query',
    tests: ['apps/api/test/security/unknown-fields.test.ts'],
    titles: 'users.update',
    refusal,
  },
  {
    name: 'the router is not checked at start',
    file: 'apps/api/src/procedures/check-router.ts',
    find: 'if (problems.length > 0) {',
    replace: 'if (problems.length > 999) {',
    tests: ['apps/api/test/security/router-check.test.ts'],
  },
  {
    name: 'a file’s key in the storage is told',
    file: `${routers}/files.ts`,
    find: '  bytes: z.int().min(0),\n',
    replace: '  bytes: z.int().min(0),\n  storageKey: z.string(),\n',
    tests: ['apps/api/test/flows/files.test.ts'],
  },
  {
    name: 'a user’s role on the platform is told to their colleagues',
    file: `${routers}/users.ts`,
    find: '  email: outputEmail,\n',
    replace: '  email: outputEmail,\n  platformRole: z.string().nullable(),\n',
    tests: ['apps/api/test/flows/rest.test.ts', 'apps/api/test/flows/trpc-client.test.ts'],
  },
]
