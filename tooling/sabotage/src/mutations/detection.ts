import type { Mutation } from '../mutation.ts'

const alerts = 'packages/database/prisma/migrations/20261127120000_alerts/migration.sql'
const delivery = 'packages/database/prisma/migrations/20261127130000_alert_delivery/migration.sql'
const events = 'apps/api/src/procedures/observed-events.ts'
const responses = 'apps/api/src/edge/watch-responses.ts'
const rules = 'packages/detection/src/rules.ts'
const scripts = 'packages/detection/src/scripts.ts'
const store = 'packages/detection/src/alert-store.test.ts'
const measures = 'packages/detection/src/measures.test.ts'
const attacks = 'apps/api/test/security/alerts.test.ts'
const unusual = 'apps/api/test/security/unusual-traffic.test.ts'

/** What is watched, and the alerts that follow. */
export const detectionMutations: readonly Mutation[] = [
  {
    name: 'nobody watches who calls endpoints of administrators',
    file: events,
    find: "isAdminEndpoint: meta?.access?.door === 'admin'",
    replace: 'isAdminEndpoint: false',
    tests: [attacks],
  },
  {
    name: 'an administrator who makes mistakes is an alert',
    file: rules,
    find: "isAdminEndpoint && (!isAdmin || code === 'forbidden'),",
    replace: 'isAdminEndpoint,',
    tests: [attacks],
  },
  {
    name: 'what the edge refuses is not watched',
    file: responses,
    find: 'if (isRefused && proceduresOf(request).length === 0) {',
    replace: 'if (isRefused && proceduresOf(request).length > 99) {',
    tests: [attacks],
  },
  {
    name: 'a failed log-in is counted for no account',
    file: events,
    find: 'account: await accountOf(observed)',
    replace: 'account: null',
    tests: [attacks],
  },
  {
    name: 'exports and downloads are not watched',
    file: events,
    find: "if (!meta?.beginsSession) return [{ kind: 'export', ...origin }]",
    replace: 'if (!meta?.beginsSession) return []',
    tests: [attacks],
  },
  {
    name: 'keys are not watched',
    file: responses,
    find: "if (identity?.credential.kind !== 'apiKey') return",
    replace: "if (identity?.credential.kind !== 'apiKey' || clientAddress) return",
    tests: [attacks],
  },
  {
    name: 'a used refresh token is no alert',
    file: 'apps/api/src/edge/oauth/protocol.ts',
    find: "  'oauth.tokenReuse': 'refresh token',\n",
    replace: '',
    tests: ['apps/api/test/oauth/refresh-races.test.ts'],
  },
  {
    name: 'sizes are not watched',
    file: responses,
    find: 'if (url === undefined || others.length > 0) return',
    replace: 'if (url) return',
    tests: [unusual],
  },
  {
    name: 'a spike overall is measured against a fixed number',
    file: scripts,
    find: 'return math.max(floor, math.ceil(factor * mean))',
    replace: 'return floor',
    tests: [measures],
  },
  {
    name: 'an attack that goes on becomes usual',
    file: scripts,
    find: 'if known >= learn then value = math.min(value, ordinary()) end',
    replace: '',
    tests: [measures],
  },
  {
    name: 'an alert that was resolved swallows what comes after it',
    file: alerts,
    find: "is_current = a.is_current AND was.status <> 'resolved'",
    replace: 'is_current = a.is_current',
    tests: [store],
  },
  {
    name: 'an alert that nobody resolves is never told again',
    file: alerts,
    find: '     AND a.is_current AND a.rearms_at <= at;',
    replace: '     AND a.is_current AND false;',
    tests: [store],
  },
  {
    name: 'a flood of subjects is a flood of alerts',
    file: alerts,
    find: "a.first_at > at - interval '1 hour') >= 100",
    replace: "a.first_at > at - interval '1 hour') >= 100000",
    tests: [store],
  },
  {
    name: 'the serving role reads alerts',
    file: alerts,
    find: 'GRANT SELECT ON platform.alerts TO rampart_platform;',
    replace:
      'GRANT SELECT ON platform.alerts TO rampart_platform, rampart_app; GRANT USAGE ON SCHEMA platform TO rampart_app;',
    tests: [store],
  },
  {
    name: 'whoever is no administrator settles alerts',
    file: alerts,
    find: "  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;\n",
    replace: '',
    tests: [store],
  },
  {
    name: 'the memory of a flood has no bound',
    file: 'packages/detection/src/tallies.ts',
    find: 'if (tallies.size >= maxKeys) return null',
    replace: '',
    tests: ['packages/detection/src/tallies.test.ts'],
  },
  {
    name: 'what Redis does not take is not counted',
    file: 'packages/detection/src/detection.ts',
    find: 'losses.add(tally.count, error)',
    replace: '',
    tests: ['packages/detection/src/detection.test.ts'],
  },
  {
    name: 'an alert is stored, and delivered to nobody',
    file: delivery,
    find: 'CREATE TRIGGER alert_raised AFTER INSERT ON "alerts" FOR EACH ROW',
    replace: 'CREATE TRIGGER alert_raised AFTER DELETE ON "alerts" FOR EACH ROW',
    tests: ['apps/worker/test/alerts.test.ts'],
  },
  {
    name: 'an alert goes one way alone',
    file: 'apps/worker/src/jobs/alert.ts',
    find: 'of alerts.channels) {',
    replace: 'of alerts.channels.slice(0, 1)) {',
    tests: ['apps/worker/test/alerts.test.ts'],
  },
  {
    name: 'who will never take an alert is asked again and again',
    file: 'apps/worker/src/jobs/alert-delivery.ts',
    find: 'if (!(error instanceof DeliveryFailed && error.permanent)) throw error',
    replace: 'if (error instanceof Error) throw error',
    tests: ['apps/worker/test/alerts.test.ts'],
  },
  {
    name: 'nobody seals the audit log',
    file: 'apps/worker/src/jobs/audit.ts',
    find: 'await auditKeeper.seal()',
    replace: '{ events: 0, head: null }',
    tests: ['apps/worker/test/audit.test.ts'],
  },
]
