import { loadWorkerConfig, openConfig } from '@repo/config'
import { type QueueName, queues, requeueDeadLetters } from '@repo/jobs'
import { createLogger } from '@repo/logging'
import { startProcess } from '@repo/process'

/** `pnpm jobs:requeue [QUEUE]`, with the worker's environment: what was given up, of one queue or all, is tried anew. */
await startProcess({ name: 'the requeue', service: 'rampart-requeue' }, async () => {
  const queue = readQueue(process.argv[2])
  const secrets = await openConfig(loadWorkerConfig)
  const { databaseWorkerUrl, databasePooler: pooler, rdsRegion } = secrets.current()
  const requeued = await requeueDeadLetters({
    url: databaseWorkerUrl.reveal(),
    pooler,
    rdsRegion,
    queue,
  })
  const logger = createLogger({ level: 'info', service: 'rampart-requeue' })
  logger.info({ requeued, queue: queue ?? 'all' }, 'what was given up is tried anew')
  await logger.close()
})

function readQueue(named: string | undefined): QueueName | undefined {
  if (named === undefined) return undefined
  const known = (Object.keys(queues) as QueueName[]).find((queue) => queue === named)
  if (known) return known
  throw new Error(`There is no such queue. There are: ${Object.keys(queues).join(', ')}.`)
}
