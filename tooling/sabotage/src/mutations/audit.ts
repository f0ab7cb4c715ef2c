import type { Mutation } from '../mutation.ts'

const migration = 'packages/database/prisma/migrations/20261127110000_audit_chain/migration.sql'
const bounds = 'packages/database/prisma/migrations/20261127140000_audit_bounds/migration.sql'
const privileges = 'packages/database/src/audit-privileges.test.ts'
const keeper = 'packages/audit/src/audit-keeper.test.ts'
const verifier = 'packages/audit/src/audit-verifier.test.ts'

/** The audit log: append-only, sealed, without names. */
export const auditMutations: readonly Mutation[] = [
  {
    name: 'the audit log can be read by who serves',
    file: migration,
    find: 'CREATE POLICY append ON "audit_events" FOR INSERT TO rampart_app WITH CHECK (true);',
    replace:
      'CREATE POLICY append ON "audit_events" FOR INSERT TO rampart_app WITH CHECK (true); GRANT SELECT ON "audit_events" TO rampart_app;',
    tests: [privileges],
  },
  {
    name: 'a month of the audit log can be changed by its own name',
    file: migration,
    find: '  GET DIAGNOSTICS moved = ROW_COUNT;',
    replace:
      "  GET DIAGNOSTICS moved = ROW_COUNT; EXECUTE format('GRANT UPDATE ON %s TO rampart_worker', named);",
    tests: [privileges],
  },
  {
    name: 'a partition without row-level security is served',
    file: 'packages/ownership/src/require-table-guards.ts',
    find: 'isPartition && !isForced',
    replace: 'isPartition && isForced === undefined',
    tests: ['packages/ownership/src/require-table-guards.test.ts'],
  },
  {
    name: 'the sealing of events does not wait for who is writing',
    file: bounds,
    find: '    LOCK TABLE ONLY public.audit_events IN SHARE MODE;\n',
    replace: '',
    tests: [keeper],
  },
  {
    name: 'two workers seal at the same time',
    file: bounds,
    find: '  PERFORM FROM audit.turn FOR UPDATE;',
    replace: '',
    tests: [keeper],
  },
  {
    name: 'an isolated transaction seals what it does not see',
    file: bounds,
    find: "<> 'read committed' THEN",
    replace: "<> 'read committed' AND false THEN",
    tests: [keeper],
  },
  {
    name: 'the name of a month to come is given away',
    file: bounds,
    find: 'greatest(audit.no_later_than_now(at)',
    replace: 'greatest(at',
    tests: [keeper],
  },
  {
    name: 'a month is dropped before it is sealed',
    file: bounds,
    find: '    dropped := events = coalesce((',
    replace: '    dropped := true OR events = coalesce((',
    tests: [keeper],
  },
  {
    name: 'while Postgres hangs each batch waits for all tries before it',
    file: 'packages/audit/src/audit-log.ts',
    find: 'next ??= writing.then(write)',
    replace: 'next = writing.then(write)',
    tests: ['packages/audit/src/audit-outage.test.ts'],
  },
  {
    name: 'what a crash must not lose is answered before it is on record',
    file: 'apps/api/src/procedures/record-outcome.ts',
    find: 'if (result.ok && isKept(meta)) await audit.keep(record)',
    replace: 'if (result.ok && isKept(meta)) audit.record(record)',
    tests: ['apps/api/test/faults/audit-killed.test.ts'],
  },
  {
    name: 'the audit log of another organization is read',
    file: 'apps/api/src/audit-trail.ts',
    find: "if (organizationId !== own) throw new AppError('not_found')",
    replace: '',
    tests: ['apps/api/test/flows/audit-trail.test.ts'],
  },
  {
    name: 'the audit log is read for who is no member',
    file: migration,
    find: ' AND identity.role_in(of_organization, by_user) IS NOT NULL',
    replace: '',
    tests: ['apps/api/test/flows/audit-trail.test.ts'],
  },
  {
    name: 'who may see their own doings sees those of all',
    file: 'apps/api/src/audit-trail.ts',
    find: "if (grants.reach('auditEvent:read') !== 'any') throw new AppError('forbidden')",
    replace: '',
    tests: ['apps/api/test/flows/audit-trail.test.ts'],
  },
  {
    name: 'an erased person keeps their name on the audit log',
    file: bounds,
    find: "WHERE u.id = a.person AND u.deleted_at <= audit.no_later_than_now(at) - interval '1 hour';",
    replace: 'WHERE u.id = a.person AND false;',
    tests: ['apps/api/test/flows/audit-trail.test.ts'],
  },
  {
    name: 'the audit log names people as they are',
    file: migration,
    find: '  NEW.actor := coalesce((SELECT a.pseudonym FROM public.audit_actors a WHERE a.person = NEW.actor), NEW.actor);\n',
    replace: '',
    tests: ['apps/api/test/flows/audit-trail.test.ts'],
  },
  {
    name: 'the audit log keeps whole addresses',
    file: migration,
    find: '  NEW.address := audit.network_of(NEW.address);\n',
    replace: '',
    tests: ['packages/audit/src/audit-log.test.ts'],
  },
  {
    name: 'an event that was changed verifies',
    file: 'packages/audit/src/check-month.ts',
    find: "digest.digest('hex') === seal.digest ? []",
    replace: "digest.digest('hex') !== '' ? []",
    tests: [verifier],
  },
  {
    name: 'an event that was put in after sealing verifies',
    file: 'packages/audit/src/check-month.ts',
    find: 'else findings.push(added(month, event))',
    replace: '',
    tests: [verifier],
  },
  {
    name: 'a chain that was written anew verifies',
    file: 'packages/audit/src/audit-chain.ts',
    find: '!isBuiltOn || seal.hash !== hashOf(seal)',
    replace: '!isBuiltOn',
    tests: [verifier],
  },
  {
    name: 'the worker drops months of the audit log by a time of its own making',
    file: bounds,
    find: 'RETURN least(at, clock_timestamp());',
    replace: 'RETURN at;',
    tests: [keeper],
  },
  {
    name: 'a month of the audit log is dropped within thirty days',
    file: bounds,
    find: 'retention_days < 30 THEN',
    replace: 'retention_days < 1 THEN',
    tests: [keeper],
  },
  {
    name: 'a month that was dropped before its time verifies',
    file: 'packages/audit/src/audit-chain.ts',
    find: 'return isEarly(seal) ? [',
    replace: 'return isEarly(seal) && false ? [',
    tests: [verifier],
  },
  {
    name: 'a chain without its beginning verifies',
    file: 'packages/audit/src/audit-chain.ts',
    find: 'return number === kept && (',
    replace: 'return (',
    tests: [verifier],
  },
  {
    name: 'events that nobody seals verify',
    file: 'packages/audit/src/audit-verifier.ts',
    find: '.filter(({ late }) => late)',
    replace: '.filter(({ late }) => late && false)',
    tests: [verifier],
  },
  {
    name: 'an export goes on for who may no longer read it',
    file: 'apps/api/src/edge/audit-export.ts',
    find: "const found = await services.sessions.find(request.sessionToken ?? '')",
    replace: 'const found = { pending: false, identity: request.identity }',
    tests: ['apps/api/test/flows/audit-trail.test.ts'],
  },
]
