import { loadWorkerConfig, openConfig } from '@repo/config'
import { startJobRunner } from '@repo/jobs'
import { startProcess, stopGracefully, tellReadings, tellReady } from '@repo/process'
import { serveMetrics } from '@repo/telemetry'
import { createHandlers, createSchedules } from './handlers.ts'
import { createServices, liveVariables } from './services.ts'

// A mail's attempt takes 10 s at most; what takes longer is given back, and done again by another worker.
const drainSeconds = 15
const endMs = 20_000

await startProcess({ name: 'the worker', service: 'rampart-worker' }, async (openLogger) => {
  const secrets = await openConfig(loadWorkerConfig)
  const config = secrets.current()
  const logger = openLogger(config)
  secrets.watch(tellReadings(logger, { used: liveVariables }))
  const services = await createServices(config, { logger, secrets })
  try {
    const metrics = await serveMetrics(services.metrics.meter, {
      ...config.metrics,
      setting: 'WORKER_METRICS_PORT',
    })
    const handlers = createHandlers(services)
    const runner = await startJobRunner({
      url: config.databaseWorkerUrl.reveal(),
      currentUrl: () => secrets.current().databaseWorkerUrl.reveal(),
      rdsRegion: config.rdsRegion,
      pooler: config.databasePooler,
      handlers,
      schedules: createSchedules(config),
      log: logger,
      onEnd: services.metrics.jobEnded,
    })
    stopGracefully({
      logger,
      endMs,
      async close() {
        await runner.stop(drainSeconds)
        await Promise.all([services.close(), metrics.close()])
      },
    })
    tellReady(logger, { queues: handlers.map(({ queue }) => queue), metricsUrl: metrics.url })
  } catch (error) {
    await services.close()
    throw error
  }
})
