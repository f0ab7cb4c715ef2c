import type { Mutation } from '../mutation.ts'

const migration = 'packages/database/prisma/migrations/20261127100000_jobs/migration.sql'
const adding = 'packages/database/prisma/migrations/20261127160000_webhooks/migration.sql'
const access = 'packages/jobs/src/job-access.test.ts'
const deadLetters = 'packages/jobs/src/dead-letters.test.ts'
const runner = 'packages/jobs/src/job-runner.test.ts'

/** Jobs: who may add and see them, that none is lost and none of their effects doubled. */
export const jobMutations: readonly Mutation[] = [
  {
    name: 'the worker can end what is not over',
    file: 'packages/database/prisma/migrations/20261127154900_worker_retention/migration.sql',
    find: 'ON "idempotency_keys" USING ("expires_at" < now())',
    replace: 'ON "idempotency_keys" USING (true)',
    tests: ['apps/worker/test/clean-up.test.ts'],
  },
  {
    name: 'the worker sees who is signed in',
    file: 'packages/database/prisma/migrations/20261127154900_worker_retention/migration.sql',
    find: 'REVOKE SELECT ON "sessions", ',
    replace: 'REVOKE SELECT ON ',
    tests: ['packages/database/src/privileges.test.ts'],
  },
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
    file: adding,
    find: "    PERFORM pg_notify('pgboss_'",
    replace: "    PERFORM pg_notify('other_'",
    tests: [runner],
    titles: 'begun as soon as',
  },
  {
    name: 'a job of a key is added beside another one',
    file: adding,
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
    name: 'who asked to be left alone is asked at once',
    file: 'packages/jobs/src/do-job.ts',
    find: '    await setRetryWait(database, fetched, error)\n',
    replace: '',
    tests: ['packages/jobs/src/retry-later.test.ts'],
  },
  {
    name: 'who asked to be left alone once is for ever',
    file: 'packages/jobs/src/do-job.ts',
    find: 'SET retry_delay = greatest(q.retry_delay, $4), retry_delay_max = greatest(q.retry_delay_max, $4)',
    replace:
      'SET retry_delay = greatest(j.retry_delay, $4), retry_delay_max = greatest(j.retry_delay_max, $4)',
    tests: ['packages/jobs/src/retry-later.test.ts'],
  },
  {
    name: 'a dead letter is marked before it is told',
    file: 'packages/jobs/src/dead-letters.ts',
    find: '    // The columns of the statement above.\n',
    replace:
      '    await db.executeSql(markAsTold, [deadLetterQueue, rows.map(({ id }) => id)])\n    await commit()\n',
    tests: [deadLetters],
    titles: 'could not be logged',
  },
  {
    name: 'two workers tell of one dead letter',
    file: 'packages/jobs/src/dead-letters.ts',
    find: ' FOR UPDATE SKIP LOCKED`',
    replace: '`',
    tests: [deadLetters],
    titles: 'look at once',
  },
  {
    name: 'what is requeued is another one',
    file: 'packages/jobs/src/do-job.ts',
    find: 'id: sourceRootId ?? id,',
    replace: 'id: sourceRootId === id ? sourceRootId : id,',
    tests: [deadLetters, 'apps/worker/test/requeue.test.ts'],
  },
  {
    name: 'a requeue of one queue is one of all',
    file: 'packages/jobs/src/requeue-dead-letters.ts',
    find: '{ sourceName: queue }',
    replace: '{}',
    tests: [deadLetters, 'apps/worker/test/requeue.test.ts'],
  },
  {
    name: 'a wrong password of the mail server gives every mail up',
    file: 'packages/mail/src/smtp-transport.ts',
    find: 'mailCodes.has(code) && ',
    replace: '',
    tests: ['packages/mail/src/mail-or-connection.test.ts'],
  },
  {
    name: 'a mail is given up where a log-in is wanted first',
    file: 'packages/mail/src/smtp-transport.ts',
    find: ' && !loginStatuses.has(status)',
    replace: '',
    tests: ['packages/mail/src/mail-or-connection.test.ts'],
  },
  {
    name: 'a fault that nobody caught is on no record',
    file: 'packages/process/src/stop-gracefully.ts',
    find: "event: nameEvent('sys_crash', { reason }), ",
    replace: '',
    tests: ['apps/worker/test/worker-process.test.ts'],
    titles: 'the fault is on record',
  },
  {
    name: 'a mail waits unsealed',
    file: 'packages/mail/src/mail-seal.ts',
    find: 'return { sealed: encryption.encrypt(JSON.stringify(waiting), mailContext) }',
    replace:
      'return { ...waiting, sealed: encryption.encrypt(JSON.stringify(waiting), mailContext) }',
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
  {
    name: 'a fatal line waits for its reader',
    file: 'packages/logging/src/log-output.ts',
    find: '  if (!sync) stream.flushSync = () => undefined\n',
    replace: '',
    tests: ['packages/process/src/end-process.test.ts'],
  },
  {
    name: 'a process whose log nobody reads never ends',
    file: 'packages/process/src/end-process.ts',
    find: "  if (!isWritten) process.kill(process.pid, 'SIGKILL')\n",
    replace: '  void isWritten\n',
    tests: ['packages/process/src/end-process.test.ts'],
  },
  {
    name: 'a second fault cuts off what a process was about to finish',
    file: 'packages/process/src/stop-gracefully.ts',
    find: '    exitCode = 1\n',
    replace: '    if (stopping) process.exit(1)\n    exitCode = 1\n',
    tests: ['apps/worker/test/worker-process.test.ts'],
  },
]
