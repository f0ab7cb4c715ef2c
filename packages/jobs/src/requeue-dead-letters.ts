import { type BossOptions, openBoss } from './open-boss.ts'
import { deadLetterQueue, type QueueName } from './queues.ts'

export interface RequeueOptions extends Pick<BossOptions, 'url' | 'pooler' | 'rdsRegion'> {
  /** Only what was given up in this one. */
  readonly queue?: QueueName | undefined
}

const atMost = 100_000

/**
 * Puts dead letters back where they came from, to be tried anew under the ids they had: each once, however many ask.
 * Resolves with how many, 100 000 at most. Rejects when the database is of another pg-boss, or gone.
 */
export async function requeueDeadLetters({
  url,
  pooler,
  rdsRegion,
  queue,
}: RequeueOptions): Promise<number> {
  const one = { maxConnections: 1, schedule: false, superviseSeconds: 60 }
  const boss = openBoss({ url, pooler, rdsRegion, ...one })
  try {
    await boss.start()
    const only = queue === undefined ? {} : { sourceName: queue }
    return await boss.redrive(deadLetterQueue, { limit: atMost, ...only })
  } finally {
    await boss.stop({ graceful: false })
  }
}
