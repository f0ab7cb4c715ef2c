import { loadConfig } from '@repo/config'
import { createServer } from './server.ts'
import { createServices } from './services.ts'
import { stopGracefully } from './stop-gracefully.ts'

const config = loadConfig()
const services = await createServices(config)
const { logger } = services
try {
  const server = await createServer(services)
  await server.listen({ host: config.host, port: config.port })
  logger.info({ url: config.baseUrl }, 'ready')
  stopGracefully(server, services)
} catch (error) {
  logger.fatal({ err: error }, 'the API could not start')
  await services.close()
  await logger.close()
  process.exitCode = 1
}
