import type { Mutation } from '../mutation.ts'

const keys = 'packages/auth/src/rotating-keys'
const life = [`${keys}/rotating-keys.test.ts`]
const renewal = 'apps/worker/src/renew-encryption.ts'
const renewed = ['apps/worker/test/encryption-upkeep.test.ts']
const byHand = ['apps/worker/test/rotate-by-hand.test.ts']
const migration = 'packages/database/prisma/migrations/20261128100000_rotating_keys/migration.sql'
const transport = 'packages/config/src/database-transport'
const production = ['apps/api/test/faults/production-secrets.test.ts']
const rotationFunction = ['apps/rotation-function/test/rotation-function.test.ts']

/** Keys that rotate by themselves, rotation by hand, log-ins without passwords (G33, G35, G36). */
export const rotationMutations: readonly Mutation[] = [
  {
    name: 'rotation: the newest key signs, though it was only published',
    file: `${keys}/open-rotating-keys.ts`,
    find: 'rows.find((row) => row.used_from <= now) ?? rows.at(-1)',
    replace: 'rows.at(0)',
    tests: life,
  },
  {
    name: 'rotation: keys are those of the start',
    file: `${keys}/open-rotating-keys.ts`,
    find: 'if (next && idsOf(next) !== idsOf(keys)) {',
    replace: 'if (next && next.length > 99) {',
    tests: life,
  },
  {
    name: 'rotation: a key that is new here is not looked for',
    file: 'packages/auth/src/oauth-server/signing-keys.ts',
    find: 'await keys.refresh()',
    replace: 'await Promise.resolve()',
    tests: life,
  },
  {
    name: 'rotation: a key that has ended is good',
    file: migration,
    find: 'WHERE k.purpose = of_purpose AND (k.ends_at IS NULL OR k.ends_at > at)\n   ORDER BY k.used_from DESC, k.id\n$$;\n\n-- The first',
    replace:
      'WHERE k.purpose = of_purpose\n   ORDER BY k.used_from DESC, k.id\n$$;\n\n-- The first',
    tests: life,
  },
  {
    name: 'rotation: of several workers each adds a key',
    file: migration,
    find: 'AND k.used_from > unless_after) THEN',
    replace: 'AND false) THEN',
    tests: life,
  },
  {
    name: 'rotation: a revocation leaves the others',
    file: `${keys}/create-key-rotation.ts`,
    find: 'usedFrom: now, othersEnd: now,',
    replace: 'usedFrom: now, othersEnd: new Date(8.64e14),',
    tests: life,
  },
  {
    name: 'rotation: tokens of a revoked key are remembered',
    file: 'packages/auth/src/oauth-server/access-tokens.ts',
    find: '  signingKeys.watch(() => remembered.clear())\n',
    replace: '',
    tests: ['apps/api/test/faults/rotated-secrets.test.ts'],
  },
  {
    name: 'rotation: the provider has the keys of the start',
    file: 'packages/auth/src/oauth-server/oauth-server.ts',
    find: 'if (signingKeys.privateKeys().length > 0) current = openProvider(parts)',
    replace: 'signingKeys.privateKeys()',
    tests: ['apps/api/test/faults/rotated-secrets.test.ts'],
  },
  {
    name: 'rotation: a key that waits is used for a while behind one by hand',
    file: migration,
    find: 'k.purpose = of_purpose AND k.used_from > at AND k.used_from >= starts;',
    replace: 'k.purpose = of_purpose AND false;',
    tests: life,
  },
  {
    name: 'rotation: what cannot be opened keeps a revoked key good',
    file: `${keys}/open-rotating-keys.ts`,
    find: 'const next = rows && arrange(opener.openable(rows, failures), clock()).map(opener.open)',
    replace:
      'const good = rows && opener.openable(rows, failures)\n    const next = good && failures.length === 0 ? arrange(good, clock()).map(opener.open) : null',
    tests: life,
  },
  {
    name: 'rotation: another rotation that was cut off is written over',
    file: 'packages/config/src/sources/secret-variable.ts',
    find: 'if (others.length === 0) return',
    replace: 'if (others.length < 99) return',
    tests: ['packages/config/src/sources/open-writable-variable.test.ts'],
  },
  {
    name: 'rotation: what was kept is published, whoever kept it',
    file: 'packages/config/src/sources/file-variable.ts',
    find: 'if ((await readKept(path)) !== value) throw',
    replace: "if ((await readKept(path)) === '') throw",
    tests: ['packages/config/src/sources/open-writable-variable.test.ts'],
  },
  {
    name: 'rotation: two at once each give the role a password',
    file: 'packages/database/src/log-in-rotation.ts',
    find: 'if (!rows[0]?.is_alone) throw',
    replace: 'if (rows.length === 0) throw',
    tests: ['packages/database/src/log-in-rotation.test.ts'],
  },
  {
    name: 'rotation: a server that trusts everybody is taken for one that has rotated',
    file: 'packages/database/src/log-in-rotation.ts',
    find: 'current !== undefined && current !== next && (await canLogIn(current))',
    replace: "current === ''",
    tests: ['packages/database/src/log-in-rotation.test.ts'],
  },
  {
    name: 'secrets: a reading that breaks ends the process',
    file: 'packages/config/src/open-config.ts',
    find: "return { kind: 'failed', problems: problemsOf(error) }",
    replace:
      "if (!(error instanceof ConfigError)) throw error\n      return { kind: 'failed', problems: problemsOf(error) }",
    tests: ['packages/config/src/open-config.test.ts'],
  },
  {
    name: 'rotation: the job forgets a purpose',
    file: `${keys}/create-key-rotation.ts`,
    find: 'Object.keys(keyPurposes) as readonly KeyPurpose[]',
    replace: "['signing'] as readonly KeyPurpose[]",
    tests: ['apps/worker/test/key-rotation.test.ts'],
  },
  {
    name: 'rotation: nobody runs the job',
    file: 'apps/worker/src/handlers.ts',
    find: "  { cron: '47 * * * *', queue: 'key-rotation' },\n",
    replace: '',
    tests: ['apps/worker/test/key-rotation.test.ts'],
  },
  {
    name: 'rotation: a kind of value stays under the old key',
    file: renewal,
    find: '  mail: () => mailContext,\n',
    replace: '',
    tests: renewed,
  },
  {
    name: 'rotation: what was changed meanwhile is written over',
    file: migration,
    find: 't.user_id = of_reference::uuid AND t.secret = before;',
    replace: 't.user_id = of_reference::uuid;',
    tests: renewed,
  },
  {
    name: 'rotation: a second batch is the first again',
    file: renewal,
    find: 'after = values.at(-1)?.reference ?? null',
    replace: 'return',
    tests: renewed,
  },
  {
    name: 'rotation: old encryption keys go though something is under them',
    file: 'apps/worker/src/rotation/rotate-encryption.ts',
    find: 'if (await hasOutdated(rotation)) {',
    replace: 'if (renewed < 0) {',
    tests: byHand,
  },
  {
    name: 'rotation: a step does not wait for the one before',
    file: 'apps/worker/src/rotation/rotate-encryption.ts',
    find: '  requireSettled(changedAt, rotation)\n',
    replace: '',
    tests: byHand,
  },
  {
    name: 'rotation: a password that was kept is forgotten',
    file: 'apps/worker/src/rotation/rotate-log-ins.ts',
    find: 'const left = await variable.readStaged()',
    replace: 'const left = await variable.readStaged().then(() => null)',
    tests: byHand,
  },
  {
    name: 'rotation: cookies are revoked and sessions stay',
    file: 'apps/worker/src/rotation/rotate-keys.ts',
    find: "if (purpose === 'cookie') {",
    replace: "if (purpose === 'signing') {",
    tests: byHand,
  },
  {
    name: 'rotation: API keys are made to last longer',
    file: migration,
    find: 'WHERE k.expires_at > by_then AND',
    replace: 'WHERE k.expires_at IS NOT NULL AND',
    tests: byHand,
  },
  {
    name: 'rotation: a function of AWS publishes what is not its version',
    file: 'apps/rotation-function/src/handler.ts',
    find: 'if (pending?.id !== token) throw',
    replace: 'if (!pending) throw',
    tests: rotationFunction,
  },
  {
    name: 'rotation: the new password is not tried',
    file: 'packages/database/src/log-in-rotation.ts',
    find: 'if (!(await canLogIn(next))) throw new Error',
    replace: "if (next === '') throw new Error",
    tests: rotationFunction,
  },
  {
    name: 'log-ins: a token is made once',
    file: 'packages/database/src/rds-log-in.ts',
    find: '    return signer.getAuthToken()\n',
    replace:
      '    const kept = Reflect.get(signer, "kept") ?? signer.getAuthToken()\n    Reflect.set(signer, "kept", kept)\n    return kept\n',
    tests: ['packages/database/src/rds-log-in.test.ts'],
  },
  {
    name: 'log-ins: a token goes without TLS',
    file: `${transport}.ts`,
    find: 'const isWanted = always ? !isLoopback',
    replace: 'const isWanted = always ? false',
    tests: [`${transport}.test.ts`],
  },
  {
    name: 'transport: a database of the internet is reached in the clear',
    file: `${transport}.ts`,
    find: "placeOf(host) !== 'near' && !isOpened",
    replace: 'isOpened && isLoopback',
    tests: [`${transport}.test.ts`],
  },
  {
    name: 'transport: sslmode=disable is taken everywhere',
    file: `${transport}.ts`,
    find: "return Boolean(isWeak) && placeOf(postgresHost(url)) === 'public'",
    replace: 'return Boolean(isWeak) && url === ""',
    tests: [`${transport}.test.ts`],
  },
  {
    name: 'transport: Redis of the internet is reached in the clear',
    file: `${transport}.ts`,
    find: "/^redis:/i.test(url.trim()) && placeOfUrl(url) === 'public'",
    replace: "/^redis:/i.test(url.trim()) && url === ''",
    tests: [`${transport}.test.ts`],
  },
  {
    name: 'start: a sample of a key is taken',
    file: 'packages/config/src/production-problems.ts',
    find: 'pagerdutyKey !== undefined && isSample(pagerdutyKey),',
    replace: 'pagerdutyKey === "",',
    tests: production,
  },
  {
    name: 'grants: the worker may read what it need not',
    file: migration,
    find: 'GRANT EXECUTE ON FUNCTION identity.list_rotating_keys, identity.ensure_rotating_key TO rampart_app;',
    replace:
      'GRANT EXECUTE ON FUNCTION identity.list_rotating_keys, identity.ensure_rotating_key TO rampart_app, rampart_worker;',
    tests: ['packages/database/src/grants.test.ts'],
  },
  {
    name: 'scan: history is not looked through',
    file: 'tooling/secret-scan/src/scan.ts',
    find: 'of [listTree, listHistory]',
    replace: 'of [listTree]',
    tests: ['tooling/secret-scan/src/scan.test.ts'],
  },
]
