import type { Meter } from './meter.ts'
import {
  type MetricsServer,
  type MetricsServerOptions,
  startMetricsServer,
} from './metrics-server.ts'

/** The metrics of this process, its own among them, where Prometheus reads them. */
export function serveMetrics(
  meter: Meter,
  where: Omit<MetricsServerOptions, 'read'>,
): Promise<MetricsServer> {
  meter.observeProcess()
  return startMetricsServer({ ...where, read: meter.read })
}
