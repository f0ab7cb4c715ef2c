import { loadWorkerConfig } from '@repo/config'
import { startJobRunner } from '@repo/jobs'
import { createLogger } from '@repo/logging'
import { createHandlers, schedules } from './handlers.ts'
import { createServices } from './services.ts'
import { stopGracefully } from './stop-gracefully.ts'

async function start(): Promise<void> {
  const config = loadWorkerConfig()
  const services = await createServices(config)
  try {
    const { logger } = services
    const handlers = createHandlers(services)
    const runner = await startJobRunner({
      url: config.databaseWorkerUrl.reveal(),
      pooler: config.databasePooler,
      handlers,
      schedules,
      log: logger,
    })
    stopGracefully(runner, services)
    logger.info({ queues: handlers.map(({ queue }) => queue) }, 'ready')
  } catch (error) {
    await services.close()
    throw error
  }
}

try {
  await start()
} catch (error) {
  // Not the services' logger: there may be none yet.
  const logger = createLogger({ level: 'fatal', service: 'rampart-worker' })
  const reason = error instanceof Error ? error.message : 'unknown'
  logger.fatal({ err: error }, `the worker could not start: ${reason}`)
  await logger.close()
  process.exit(1)
}
