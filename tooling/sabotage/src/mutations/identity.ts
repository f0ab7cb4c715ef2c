import type { Mutation } from '../mutation.ts'

const auth = 'packages/auth/src'
const migrations = 'packages/database/prisma/migrations'
const accounts = `${migrations}/20261124040000_accounts/migration.sql`
const codes = `${migrations}/20261127142000_code_lock_order/migration.sql`
const customRoles = `${migrations}/20261126151000_custom_roles/migration.sql`
const platform = `${migrations}/20261126194304_platform/migration.sql`

/** Who somebody is, and what proves it. */
export const identityMutations: readonly Mutation[] = [
  {
    name: 'who somebody is, is remembered for their token',
    file: 'apps/api/src/context.ts',
    find: 'const found = await services.sessions.find(token)',
    replace:
      'const found = await ((globalThis as never)[token] ??= services.sessions.find(token) as never)',
    tests: ['apps/api/test/security/sessions.test.ts'],
  },
  {
    name: 'two credentials are accepted',
    file: 'apps/api/src/context.ts',
    find: "if (token !== undefined) throw new AppError('two_credentials')",
    replace: "if (token === '') throw new AppError('two_credentials')",
    tests: ['apps/api/test/security/sessions.test.ts', 'apps/api/test/security/api-keys.test.ts'],
  },
  {
    name: 'a disabled user is found by a session',
    file: platform,
    find: '     AND u.disabled_at IS NULL AND u.email_verified_at IS NOT NULL\n     AND (s.imp',
    replace: '     AND u.email_verified_at IS NOT NULL\n     AND (s.imp',
    tests: [`${auth}/session-store.test.ts`],
  },
  {
    name: 'an expired session is found',
    file: platform,
    find: 'WHERE s.id = token_hash AND s.expires_at > at\n',
    replace: 'WHERE s.id = token_hash\n',
    tests: [`${auth}/session-store.test.ts`],
  },
  {
    name: 'an idle session is found',
    file: platform,
    find: '     AND s.last_seen_at + make_interval(secs => idle_seconds) > at\n     AND u.disabled_at',
    replace: '     AND u.disabled_at',
    tests: [`${auth}/session-store.test.ts`],
  },
  {
    name: 'an expired key is found',
    file: customRoles,
    find: 'WHERE h.hash = key_hash AND k.expires_at > at',
    replace: 'WHERE h.hash = key_hash',
    tests: [`${auth}/api-key-lifetimes.test.ts`],
  },
  {
    name: 'a key lives longer than the installation lets it',
    file: customRoles,
    find: '     AND k.created_at + make_interval(hours => 24 * max_age_days) > at\n',
    replace: '',
    tests: [`${auth}/api-key-lifetimes.test.ts`],
  },
  {
    name: 'a disabled user is found by a key',
    file: customRoles,
    find: 'AND u.disabled_at IS NULL AND m.removed_at IS NULL AND o.deleted_at IS NULL;\n  IF NOT FOUND',
    replace: 'AND m.removed_at IS NULL AND o.deleted_at IS NULL;\n  IF NOT FOUND',
    tests: [`${auth}/api-keys.test.ts`],
  },
  {
    name: 'a revoked key goes on',
    file: 'apps/api/src/routers/api-keys.ts',
    find: 'await ctx.db.apiKey.delete({ where: { id: input.keyId } })',
    replace: 'await ctx.db.apiKey.findFirstOrThrow({ where: { id: input.keyId } })',
    tests: ['apps/api/test/security/revocation.test.ts'],
  },
  {
    name: 'a link of a mail is good again',
    file: accounts,
    find: '  DELETE FROM public.one_time_tokens t\n   WHERE t.id = token_hash AND t.purpose = for_purpose::public."OneTimePurpose" AND t.expires_at > at\n  RETURNING',
    replace:
      '  UPDATE public.one_time_tokens t SET purpose = t.purpose\n   WHERE t.id = token_hash AND t.purpose = for_purpose::public."OneTimePurpose" AND t.expires_at > at\n  RETURNING',
    tests: [`${auth}/one-time-tokens.test.ts`],
  },
  {
    name: 'a code of TOTP is good again',
    file: codes,
    find: 't.last_step < step',
    replace: 't.last_step <= step',
    tests: [`${auth}/second-factors.test.ts`],
  },
  {
    name: 'a code locks its secret before its session',
    file: codes,
    find: '  PERFORM FROM public.sessions s WHERE s.public_id = session AND s.user_id = of_user FOR UPDATE;\n  PERFORM',
    replace: '  PERFORM',
    tests: [`${auth}/code-races.test.ts`],
    titles: 'codes that are given at once',
  },
  {
    name: 'a code is taken before its secret is locked',
    file: codes,
    find: '  PERFORM FROM public.totp_secrets t WHERE t.user_id = of_user FOR UPDATE;\n',
    replace: '',
    tests: [`${auth}/code-races.test.ts`],
    titles: 'while all are replaced',
  },
  {
    name: 'an administrator who takes a factor away meets its codes',
    file: codes,
    find: '  PERFORM FROM public.sessions s WHERE s.user_id = of_user ORDER BY s.id FOR UPDATE;\n',
    replace: '',
    tests: [`${auth}/code-races.test.ts`],
    titles: 'while an administrator',
  },
  {
    name: 'codes can be guessed for ever',
    file: accounts,
    find: '(NOT s.pending OR s.failed_codes < max_in_session)',
    replace: '(NOT s.pending OR s.failed_codes IS NOT NULL)',
    tests: [`${auth}/code-attempts.test.ts`],
  },
  {
    name: 'an unverified or disabled user logs in',
    file: `${auth}/password-login.ts`,
    find: '!matches || !row.usable',
    replace: '!matches',
    tests: [`${auth}/password-login.test.ts`],
  },
  {
    name: 'an unknown address answers without the work of a password',
    file: `${auth}/password-login.ts`,
    find: 'await passwords.verify(row?.hash ?? null, password, lane)',
    replace: 'userId !== null && (await passwords.verify(row?.hash ?? null, password, lane))',
    tests: [`${auth}/password-login.test.ts`],
  },
  {
    name: 'a token that is bound to a key is taken as a bearer token (DPoP)',
    file: `${auth}/oauth-server/access-tokens.ts`,
    find: "if ((thumbprint !== null) !== (scheme === 'dpop')) return null",
    replace: "if (thumbprint === '') return null",
    tests: ['apps/api/test/oauth/rfc-clauses.test.ts'],
    titles: 'RFC 9449, proofs of possession',
  },
  {
    name: 'a token that is bound to a key is taken without a proof (DPoP)',
    file: `${auth}/oauth-server/access-tokens.ts`,
    find: 'if (!proven) return null',
    replace: "if (scheme === '') return null",
    tests: ['apps/api/test/oauth/two-proofs.test.ts'],
  },
]
