import type { Mutation } from '../mutation.ts'

const migration = 'packages/database/prisma/migrations/20261127100000_jobs/migration.sql'
const access = 'packages/jobs/src/job-access.test.ts'
const runner = 'packages/jobs/src/job-runner.test.ts'

/** Jobs: who may add and see them, that none is lost and none of their effects doubled. */
export const jobMutations: readonly Mutation[] = [
  {
    name: 'whoever serves can read jobs',
    file: migration,
    find: 'GRANT USAGE ON SCHEMA pgboss TO rampart_worker, rampart_identity;',
    replace:
      'GRANT USAGE ON SCHEMA pgboss TO rampart_worker, rampart_identity, rampart_app; GRANT SELECT ON pgboss.job, pgboss.job_common TO rampart_app;',
    tests: [access],
  },
  {
    name: 'whoever serves adds any job',
    file: migration,
    find: "  IF to_queue <> 'mail' THEN",
    replace: '  IF false THEN',
    tests: [access],
  },
  {
    name: 'mails wait without a bound',
    file: migration,
    find: 'LIMIT 10000) waiting) >= 10000',
    replace: 'LIMIT 10000) waiting) >= 99999',
    tests: [access],
  },
  {
    name: 'nothing tells a worker of a new job',
    file: migration,
    find: "    PERFORM pg_notify('pgboss_'",
    replace: "    PERFORM pg_notify('other_'",
    tests: [runner],
    titles: 'begun as soon as',
  },
  {
    name: 'a job of a key is added beside another one',
    file: migration,
    find: 'nullif(add.singleton_key IS NOT NULL, false)',
    replace: 'NULL',
    tests: [access],
  },
  {
    name: 'the worker may alter what it works with',
    file: migration,
    find: 'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pgboss FROM PUBLIC;',
    replace:
      'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pgboss FROM PUBLIC; GRANT CREATE ON SCHEMA pgboss TO rampart_worker;',
    tests: ['packages/jobs/src/installation.test.ts'],
  },
  {
    name: 'an owner is told again and again that a key expires',
    file: migration,
    find: '  UPDATE public.api_keys k SET reminded_days = d.days\n',
    replace: '  UPDATE public.api_keys k SET reminded_days = k.reminded_days\n',
    tests: ['apps/worker/test/key-expiry.test.ts'],
  },
  {
    name: 'effects in the database outlive a job that failed',
    file: 'packages/jobs/src/do-job.ts',
    find: '    throw Object.assign(new Error(outputOf(error).name), { stack: undefined })\n',
    replace: '',
    tests: [runner],
    titles: 'effects in the database',
  },
  {
    name: 'a permanent failure is tried again',
    file: 'packages/jobs/src/do-job.ts',
    find: "error instanceof PermanentFailure ? 'deadletter' : 'failed'",
    replace: "'failed'",
    tests: [runner],
    titles: 'a permanent failure',
  },
  {
    name: 'a mail waits unsealed',
    file: 'packages/mail/src/mail-seal.ts',
    find: 'return { sealed: encryption.encrypt(JSON.stringify(waiting), context) }',
    replace: 'return { ...waiting, sealed: encryption.encrypt(JSON.stringify(waiting), context) }',
    tests: ['packages/mail/src/mail-jobs.test.ts'],
    titles: 'a dump of the jobs',
  },
  {
    name: 'a mail is another one on each attempt',
    file: 'packages/mail/src/mail-handler.ts',
    find: 'sender.send(open(data), id, inTime)',
    replace: 'sender.send(open(data), id + Math.random(), inTime)',
    tests: ['packages/mail/src/mail-jobs.test.ts'],
    titles: 'a receiver that is down',
  },
  {
    name: 'a worker that stops drops what it does',
    file: 'packages/jobs/src/job-runner.ts',
    find: '{ graceful: true, timeout: withinSeconds * 1_000 }',
    replace: '{ graceful: false }',
    tests: [runner],
    titles: 'lets what runs end',
  },
  {
    name: 'what leads to contents of files goes before these',
    file: 'apps/worker/src/jobs/clean-up.ts',
    find: 'AND NOT EXISTS (',
    replace: 'AND EXISTS (SELECT UNION ALL ',
    tests: ['apps/worker/test/clean-up.test.ts'],
    titles: 'the contents of its files',
  },
  {
    name: 'the worker starts with the owner of the database',
    file: 'packages/config/src/production-problems.ts',
    find: "      Boolean(given['DATABASE_OWNER_URL']),",
    replace: '      false,',
    tests: ['packages/config/src/load-worker-config.test.ts'],
  },
]
