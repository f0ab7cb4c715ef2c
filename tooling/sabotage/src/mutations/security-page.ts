import type { Mutation } from '../mutation.ts'

const migration = 'packages/database/prisma/migrations/20261127151000_security_page/migration.sql'
const page = 'apps/api/test/security/security-page.test.ts'
const overview = 'packages/audit/src/audit-overview.test.ts'
const composed = 'packages/audit/src/digest/compose-digest.test.ts'
const digest = 'apps/worker/test/weekly-digest.test.ts'

/** What an operator looks at: the security page, and the weekly digest (G32). */
export const securityPageMutations: readonly Mutation[] = [
  {
    name: 'the security page opens without a second factor',
    file: 'apps/api/src/edge/admin/visit.ts',
    find: "if (!admin.credential.secondFactor) throw new AppError('second_factor_required')",
    replace: '',
    tests: [page],
  },
  {
    name: 'the security page opens to whoever is signed in',
    file: 'packages/rbac/src/roles.ts',
    find: "  support: ['platformOrganization:read:any'],",
    replace: "  support: ['platformOrganization:read:any', 'platformOverview:read:any'],",
    tests: [page],
  },
  {
    name: 'a form of the security page changes things before its sender is let in',
    file: 'apps/api/src/edge/admin-pages.ts',
    find: 'await change(await enter(visit), procedure,',
    replace: 'await change(visit, procedure,',
    tests: [page],
  },
  {
    name: 'the security page runs what stands in it',
    file: 'apps/api/src/edge/admin/layout.ts',
    find: `'script-src': ["'self'"],`,
    replace: `'script-src': ["'self'", "'unsafe-inline'"],`,
    tests: [page],
  },
  {
    name: 'a form of the security page leads anywhere afterwards',
    file: 'apps/api/src/edge/admin/refuse.ts',
    find: 'return path === adminRoot || /^\\/admin[/?#]/.test(path) ? path : adminRoot',
    replace: 'return path',
    tests: [page],
  },
  {
    name: 'a thousand warnings hide what is critical from the security page',
    file: 'apps/api/src/edge/admin/overview-page.ts',
    find: "readAlerts(visit, { status: 'open', severity: 'critical' })",
    replace: "readAlerts(visit, { status: 'open' })",
    tests: [page],
  },
  {
    name: 'events are counted before they are sealed',
    file: migration,
    find: 'WHERE e.id > counted AND e.id <= audit.last_sealed() ORDER BY e.id LIMIT at_most) b;',
    replace: 'WHERE e.id > counted ORDER BY e.id LIMIT at_most) b;',
    tests: [overview],
  },
  {
    name: 'a flood of networks is kept whole',
    file: migration,
    find: 'CASE WHEN f.is_kept OR f.refusals >= 10 OR f.place <= 1000 - (',
    replace: 'CASE WHEN true OR f.place <= 1000 - (',
    tests: [overview],
  },
  {
    name: 'a network that is kept apart is no longer once there are a thousand',
    file: migration,
    find: 'CASE WHEN f.is_kept OR f.refusals >= 10',
    replace: 'CASE WHEN f.refusals >= 10',
    tests: [overview],
  },
  {
    name: 'keys that are due are all read to count a thousand',
    file: migration,
    find: 'FROM audit.due_keys(at, max_age_days, 1000) k',
    replace: 'FROM (SELECT FROM audit.due_keys(at, max_age_days, NULL) LIMIT 1000) k',
    tests: [overview],
  },
  {
    name: 'the digest of a week is mailed as often as it is asked for',
    file: 'apps/worker/src/jobs/weekly-digest.ts',
    find: 'if (!(await digests.keep(digest, now))) {',
    replace: 'if (!(await digests.keep(digest, now)) && now === undefined) {',
    tests: [digest],
  },
  {
    name: 'the digest is asked for on Mondays alone, which east of UTC+7 are still Sundays',
    file: 'apps/worker/src/handlers.ts',
    find: "cron: '0 7 * * 1,2'",
    replace: "cron: '0 7 * * 1'",
    tests: [digest],
  },
  {
    name: 'the digest tells what is out of the ordinary in any order',
    file: 'packages/audit/src/digest/find-anomalies.ts',
    find: 'ranks.indexOf(one.severity) - ranks.indexOf(other.severity) || other.weight - one.weight,',
    replace: 'one.words.length - other.words.length,',
    tests: [composed],
  },
  {
    name: 'the digest takes what is usual for news',
    file: 'packages/audit/src/digest/find-anomalies.ts',
    find: 'if (!isNew && !isMore && !isLess) return []',
    replace: '',
    tests: [composed],
  },
  {
    name: 'the digest goes to everybody with a role on the platform',
    file: migration,
    find: "WHERE u.platform_role = 'admin' AND u.disabled_at IS NULL AND u.deleted_at IS NULL AND u.email_verified_at IS NOT NULL",
    replace: 'WHERE u.platform_role IS NOT NULL',
    tests: [digest],
  },
]
