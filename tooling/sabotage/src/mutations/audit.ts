import type { Mutation } from '../mutation.ts'

const migration = 'packages/database/prisma/migrations/20261127110000_audit_chain/migration.sql'
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
    file: migration,
    find: '    LOCK TABLE ONLY public.audit_events IN SHARE MODE;\n',
    replace: '',
    tests: [keeper],
  },
  {
    name: 'two workers seal at the same time',
    file: migration,
    find: "RETURN pg_try_advisory_xact_lock(hashtext('audit.keeper'));",
    replace: 'RETURN true;',
    tests: [keeper],
  },
  {
    name: 'a month is dropped before it is sealed',
    file: migration,
    find: '    CONTINUE WHEN events <> coalesce((',
    replace: '    CONTINUE WHEN false AND events <> coalesce((',
    tests: [keeper],
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
    file: migration,
    find: "WHERE u.id = a.person AND u.deleted_at <= at - interval '1 hour';",
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
    find: 'else findings.push(unsealed(month, event))',
    replace: '',
    tests: [verifier],
  },
  {
    name: 'a chain that was written anew verifies',
    file: 'packages/audit/src/audit-chain.ts',
    find: 'isBuiltOn && seal.hash === hashOf(seal)',
    replace: 'isBuiltOn',
    tests: [verifier],
  },
]
