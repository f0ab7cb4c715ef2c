import { loadConfig, openConfig } from '@repo/config'
import { startProcess, stopGracefully, tellReadings, tellReady } from '@repo/process'
import { serveMetrics } from '@repo/telemetry'
import { createServer } from './server.ts'
import { createServices, liveVariables } from './services.ts'

// The notice, the time for idle connections (edge/drain.ts) and a handler's (edge/request-limits.ts): none is cut.
const endMs = 20_000

await startProcess({ name: 'the API', service: 'rampart-api' }, async (openLogger) => {
  const secrets = await openConfig(loadConfig)
  const config = secrets.current()
  const logger = openLogger(config)
  secrets.watch(tellReadings(logger, { used: liveVariables }))
  const services = await createServices(config, { logger, secrets })
  try {
    const server = await createServer(services)
    const metrics = await serveMetrics(services.metrics.meter, {
      ...config.metrics,
      setting: 'METRICS_PORT',
    })
    // Before anyone can know that it serves: a signal that came in between would end it at once.
    stopGracefully({
      logger,
      endMs,
      async close() {
        await server.announceEnd()
        await server.close()
        await Promise.all([services.close(), metrics.close()])
      },
    })
    await server.listen({ host: config.host, port: config.port })
    tellReady(logger, { url: config.baseUrl, metricsUrl: metrics.url })
  } catch (error) {
    await services.close()
    throw error
  }
})
