import { composeDigest, weekOf, weeksAfter } from '@repo/audit'
import type { World } from './create-world.ts'

/** A day of refusals with an attack in it, alerts, keys that end, jobs that were given up, and a digest: no page is empty. */
export async function fillSecurityPage({
  sql,
  createPerson,
  createRow,
  api,
}: World): Promise<void> {
  await sql.run(`
    INSERT INTO audit.event_counts (since, action, outcome, code, events)
    SELECT q, 'auth.login', 'denied'::"AuditOutcome", 'invalid_credentials',
           (2 + 2 * sin(extract(hour FROM q) / 4.0) + CASE WHEN q > now() - interval '3 hours' THEN 40 * random() ELSE 2 * random() END)::int
      FROM generate_series(audit.quarter_of(now() - interval '7 days'), now() - interval '15 minutes', '15 minutes') q
    UNION ALL
    SELECT q, 'orders.get', 'denied'::"AuditOutcome", 'not_found', (8 + 6 * sin(extract(hour FROM q) / 3.8) + 6 * random())::int
      FROM generate_series(audit.quarter_of(now() - interval '7 days'), now() - interval '15 minutes', '15 minutes') q
    ON CONFLICT DO NOTHING`)
  await sql.run(`
    INSERT INTO audit.source_counts (since, network, refusals, failed_log_ins)
    SELECT q, '198.51.' || n || '.0/24', 5 * n, 3 * n
      FROM generate_series(audit.quarter_of(now() - interval '2 hours'), now(), '15 minutes') q, generate_series(1, 6) n
    ON CONFLICT DO NOTHING`)
  const raise = `
    INSERT INTO alerts (rule, severity, subject, summary, count, first_at, last_at, rearms_at)
    VALUES ($1, $2::"AlertSeverity", $3, $4, $5, now() - $6::interval, now(), now() + interval '1 hour')`
  const exporter = crypto.randomUUID()
  const alerts = [
    [
      ...['mass_export', 'critical', exporter],
      ...[`${exporter} has exported or downloaded 112 times within 10 minutes.`, 112, '4 minutes'],
    ],
    [
      'client_errors_by_address',
      'warning',
      '2001:db8:0:1::/64',
      '74 requests from 2001:db8:0:1::/64 were refused within a minute.',
      74,
      '26 minutes',
    ],
    [
      'unusual_request_size',
      'info',
      'files.create',
      'A request of files.create had 412331 bytes, where 20480 would have been ordinary.',
      1,
      '2 hours',
    ],
  ]
  for (const values of alerts) await sql.run(raise, values)
  const owner = await createPerson()
  for (const days of [2, 9]) {
    const end = new Date(Date.now() + days * 24 * 60 * 60 * 1_000)
    await createRow('api_keys', owner, {
      name: `Sync ${days}`,
      prefix: 'rk_live_4fT9',
      permissions: '{}',
      expires_at: end,
    })
  }
  await sql.run(
    `INSERT INTO pgboss.job (name, source_name) VALUES ('dead-letter', 'alert-webhook'), ('dead-letter', 'mail')`,
  )
  const now = api.services.clock()
  const week = weeksAfter(weekOf(now), -1)
  const state = {
    weeksKnown: 8,
    sealedAt: now,
    head: 'ab'.repeat(32),
    unsealed: 0,
    unsealedSince: null,
  }
  const digest = composeDigest(week, {
    numbers: [
      {
        topic: 'failedLogIn',
        name: '',
        severity: null,
        weeks: [412, 40, 38, 41, 44, 40, 39, 40, 41],
      },
    ],
    state: { ...state, deadLetters: 2, keysEnding: 2, keysOverAge: 0 },
    now,
  })
  await sql.run('INSERT INTO audit.digests VALUES ($1, now(), $2)', [week, digest])
}
