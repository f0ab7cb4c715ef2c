import type { Mutation } from '../mutation.ts'

const config = 'packages/config/src'
const opening = [`${config}/open-config.test.ts`]
const logIn = 'packages/database/src/current-log-in'
const rotated = ['apps/api/test/faults/rotated-secrets.test.ts']

/** Secrets that stand elsewhere, and change while the process runs (G33 to G36). */
export const secretMutations: readonly Mutation[] = [
  {
    name: 'secrets: a value that is given twice is taken',
    file: `${config}/sources/read-references.ts`,
    find: 'given[name] !== undefined || others.length > 0',
    replace: 'others.length > 9',
    tests: opening,
  },
  {
    name: 'secrets: what could not be read is nobody’s problem',
    file: `${config}/load-config.ts`,
    find: 'problems.length + unread.size > 0',
    replace: 'problems.length > 0',
    tests: opening,
  },
  {
    name: 'secrets: a field is one of any object',
    file: `${config}/sources/secret-fields.ts`,
    find: 'return new Map(values.map(([name, value]) => [name, String(value)]))',
    replace:
      "return new Map([['constructor', 'x'], ...values.map(([name, value]) => [name, String(value)] as const)])",
    tests: opening,
  },
  {
    name: 'secrets: what cannot be read anew is told to nobody',
    file: `${config}/open-config.ts`,
    find: "return { kind: 'failed', problems: problemsOf(error) }",
    replace: 'return null',
    tests: opening,
  },
  {
    name: 'secrets: each who asks reads by themselves',
    file: `${config}/open-config.ts`,
    find: 'reading ??= readAgain()',
    replace: 'reading = readAgain()',
    tests: opening,
  },
  {
    name: 'secrets: nothing is read anew by itself',
    file: `${config}/open-config.ts`,
    find: 'void task().finally(wait)',
    replace: 'undefined',
    tests: opening,
  },
  {
    name: 'secrets: a log-in that is refused is not tried again',
    file: `${logIn}.ts`,
    find: "new Set(['28000', '28P01'])",
    replace: "new Set(['28000'])",
    tests: [`${logIn}.test.ts`],
  },
  {
    name: 'secrets: connections log in as at the start',
    file: `${logIn}.ts`,
    find: 'const at = currentUrl()',
    replace: 'const at = url',
    tests: [`${logIn}.test.ts`],
  },
  {
    name: 'secrets: a connection lives for ever',
    file: 'packages/database/src/scoped-pool.ts',
    find: '    maxLifetimeSeconds: options.lifetimeSeconds ?? defaultLifetimeSeconds,\n',
    replace: '',
    tests: [`${logIn}.test.ts`],
  },
  {
    name: 'secrets: a new encryption key waits for the next start',
    file: 'packages/encryption/src/open-encryption.ts',
    find: 'keyring.replaceKeys(keysOf(reading.config))',
    replace: 'keysOf(reading.config)',
    tests: rotated,
  },
  {
    name: 'secrets: the API asks for no new log-in',
    file: 'apps/api/src/services.ts',
    find: '    currentUrl: () => current().databaseUrl.reveal(),\n',
    replace: '',
    tests: rotated,
  },
]
