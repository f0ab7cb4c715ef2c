import { startJobRunner } from '../src/job-runner.ts'
import { queues } from '../src/queues.ts'

// A worker to be killed: it has begun each job, and written what it writes, when it hangs.
const log = { info() {}, warn() {}, error() {} }
const { promise: forever } = Promise.withResolvers<void>()

await startJobRunner({
  url: process.argv[2] ?? '',
  log,
  queues: {
    mail: { ...queues.mail, expireSeconds: 2 },
    'clean-up': { ...queues['clean-up'], expireSeconds: 2, retrySeconds: 1 },
  },
  handlers: [
    {
      queue: 'mail',
      async run({ id }) {
        process.stdout.write(`delivered ${id}\n`)
        await forever
      },
    },
    {
      queue: 'clean-up',
      async runInTransaction({ id }, transaction) {
        await transaction.query(`INSERT INTO effects VALUES ($1, 'killed')`, [id])
        process.stdout.write(`written ${id}\n`)
        await forever
      },
    },
  ],
})
process.stdout.write('ready\n')
// The connections that wait for jobs keep a worker alive; a test wants it alive until it is killed.
setInterval(() => {}, 60_000)
