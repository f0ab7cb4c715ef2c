import type { Mutation } from '../mutation.ts'

const migrations = 'packages/database/prisma/migrations'
const file = `${migrations}/20261126194304_platform/migration.sql`
const bruteForce = `${migrations}/20261126202055_brute_force/migration.sql`
const platform = 'apps/api/test/security/platform.test.ts'
const impersonation = 'apps/api/test/security/impersonation.test.ts'
const attacks = 'apps/api/test/security/brute-force.test.ts'

/** What crosses tenants, who acts as somebody else, and who guesses. */
export const platformMutations: readonly Mutation[] = [
  {
    name: 'whoever the door let in administers, whatever they are by now',
    file,
    find: "WHERE u.id = by_admin AND u.platform_role = 'admin' AND u.disabled_at IS NULL);",
    replace: 'WHERE u.id = by_admin);',
    tests: [platform],
  },
  {
    name: 'two administrators can take the role from each other',
    file,
    find: "PERFORM FROM public.users u WHERE u.platform_role = 'admin' ORDER BY u.id FOR UPDATE;",
    replace: 'PERFORM 1;',
    tests: [platform],
  },
  {
    name: 'the last administrator can give the role up',
    file,
    find: "IF by_admin = of_user THEN RETURN 'oneself'; END IF;",
    replace: '',
    tests: [platform],
  },
  {
    name: 'the last administrator can end their account',
    file,
    find: 'CREATE TRIGGER keep_administrator BEFORE UPDATE OF deleted_at ON public.users\n  FOR EACH ROW WHEN (',
    replace:
      'CREATE TRIGGER keep_administrator BEFORE UPDATE OF deleted_at ON public.users\n  FOR EACH ROW WHEN (false AND ',
    tests: [platform],
  },
  {
    name: 'a suspension leaves keys and grants',
    file,
    find: '  DELETE FROM public.api_keys      WHERE user_id = NEW.id;\n',
    replace: '',
    tests: ['apps/api/test/flows/admin-users.test.ts'],
  },
  {
    name: 'the serving role may see the platform',
    file,
    find: 'GRANT USAGE ON SCHEMA platform TO rampart_platform;',
    replace: 'GRANT USAGE ON SCHEMA platform TO rampart_platform, rampart_app;',
    tests: ['packages/database/src/privileges.test.ts', platform],
    refusal: "reaches the platform's schema",
  },
  {
    name: 'what an administrator changed is not on record',
    file: 'apps/api/src/platform-desk.ts',
    find: 'guards.recordChange({ before, after })',
    replace: 'void [before, after]',
    tests: [platform],
  },
  {
    name: 'who acts as somebody may touch their credentials',
    file: 'apps/api/src/procedures/require-session.ts',
    find: "if (!isOneself(caller)) throw new AppError('impersonating')",
    replace: '',
    tests: [impersonation],
  },
  {
    name: 'who acts as somebody is on record as them alone',
    file: 'packages/auth/src/identity.ts',
    find: "(credential.kind === 'session' && credential.impersonatorId) || userId",
    replace: "(credential.kind === 'session' && credential.sessionId && userId) || userId",
    tests: [impersonation],
  },
  {
    name: 'anybody can be acted as',
    file,
    find: 'IF target.platform_role IS NOT NULL OR target.disabled_at IS NOT NULL OR target.email_verified_at IS NULL',
    replace: 'IF target.email IS NULL',
    tests: [impersonation],
  },
  {
    name: 'acting as somebody outlives the role',
    file,
    find: "WHERE i.id = s.impersonator_id AND i.platform_role = 'admin' AND i.disabled_at IS NULL));",
    replace: 'WHERE i.id = s.impersonator_id));',
    tests: [impersonation],
  },
  {
    name: 'a program may be authorized by who acts as somebody',
    file: 'apps/api/src/edge/oauth/protocol.ts',
    find: 'person: isOneself(identity) ? identity : null',
    replace: "person: identity?.credential.kind === 'session' ? (identity as never) : null",
    tests: ['apps/api/test/oauth/who-authorizes.test.ts'],
  },
  {
    name: 'a blocked address goes on',
    file: 'apps/api/src/blocked-address.ts',
    find: 'if (blockedUntil === null) return',
    replace: 'if (now) return',
    tests: [attacks],
  },
  {
    name: 'who is signed in may guess from a blocked address',
    file: 'apps/api/src/procedures/limit-rate.ts',
    find: 'if (own !== null && isByAddress(own)) ctx.guards.requireUnblocked()',
    replace: '',
    tests: [attacks],
  },
  {
    name: 'failed log-ins are not counted',
    file: 'packages/detection/src/detection.ts',
    find: "if (measure.kind !== 'exact' || (await options.mayFailAgain(address))) return",
    replace:
      "if (measure.kind !== 'exact' || (await options.mayFailAgain(address)) || name) return",
    tests: ['packages/detection/src/detection.test.ts', attacks],
  },
  {
    name: 'an account can be guessed at from everywhere',
    file: 'packages/auth/src/password-login.ts',
    find: 'if (row?.braked_until && !isKnown) {',
    replace: 'if (row?.braked_until && !email) {',
    tests: ['packages/auth/src/password-login.test.ts', attacks],
  },
  {
    name: 'an attacker locks an owner out of their own browser',
    file: 'packages/auth/src/password-login.ts',
    find: 'since !== undefined && row?.set_at != null && since >= row.set_at',
    replace: 'knownUsers.length > 9',
    tests: ['packages/auth/src/password-login.test.ts', attacks],
  },
  {
    name: 'a new password leaves the account closed',
    file: bruteForce,
    find: 'CREATE TRIGGER lift_brake AFTER INSERT OR UPDATE OF hash ON public.passwords',
    replace: 'CREATE TRIGGER lift_brake AFTER INSERT ON public.passwords',
    tests: ['packages/auth/src/password-login.test.ts', attacks],
  },
  {
    name: 'a passkey of long ago is a second factor for an administrator with a password',
    file: 'apps/api/src/browser-session.ts',
    find: 'return secondFactor || platformRole !== null ? { secondFactor } : {}',
    replace: 'return secondFactor ? { secondFactor } : {}',
    tests: ['apps/api/test/security/step-up.test.ts'],
  },
]
