import { loadConfig } from '@repo/config'
import { createLogger, nameEvent } from '@repo/logging'
import { createServer } from './server.ts'
import { createServices } from './services.ts'
import { stopGracefully } from './stop-gracefully.ts'

async function start(): Promise<void> {
  const config = loadConfig()
  const services = await createServices(config)
  try {
    const server = await createServer(services)
    // Before anyone can know that it serves: a signal that came in between would end it at once.
    stopGracefully(server, services)
    await server.listen({ host: config.host, port: config.port })
    services.logger.warn({ event: nameEvent('sys_startup'), url: config.baseUrl }, 'ready')
  } catch (error) {
    await services.close()
    throw error
  }
}

try {
  await start()
} catch (error) {
  // Not the services' logger: there may be none yet.
  const logger = createLogger({ level: 'fatal' })
  const reason = error instanceof Error ? error.message : 'unknown'
  logger.fatal(
    { event: nameEvent('sys_crash', { reason: 'start' }), err: error },
    `the API could not start: ${reason}`,
  )
  await logger.close()
  process.exitCode = 1
}
