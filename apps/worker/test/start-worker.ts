import { Writable } from 'node:stream'
import { loadWorkerConfig } from '@repo/config'
import { startJobRunner } from '@repo/jobs'
import { createLogger } from '@repo/logging'
import { createHandlers } from '../src/handlers.ts'
import { createServices } from '../src/services.ts'
import type { useWorkerDatabase } from './use-worker-database.ts'

/** The worker with all of its handlers, in this process. */
export async function startWorker(
  database: ReturnType<typeof useWorkerDatabase>,
  changes: Readonly<Record<string, string>> = {},
  clock?: () => Date,
) {
  const config = loadWorkerConfig({
    NODE_ENV: 'test',
    DATABASE_WORKER_URL: database.urls.workerUrl,
    ENCRYPTION_KEYS: database.encryptionKeys,
    SMTP_URL: 'smtp://127.0.0.1:9',
    ...changes,
  })
  const lines: Record<string, unknown>[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const logger = createLogger({ level: 'info', destination })
  const services = await createServices(config, { logger, clock })
  const runner = await startJobRunner({
    url: database.urls.workerUrl,
    handlers: createHandlers(services),
    log: services.logger,
    onEnd: services.metrics.jobEnded,
    superviseSeconds: 1,
  })
  return {
    lines,
    services,
    async close() {
      await runner.stop(5)
      await services.close()
    },
  }
}
