import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { CloudWatchOptions } from './cloudwatch/cloudwatch.ts'
import type { ElasticsearchOptions } from './elasticsearch/elasticsearch.ts'
import type { LogShippingOptions } from './log-shipping.ts'
import type { OtlpOptions } from './otlp/otlp.ts'

/** The destinations that are configured, each with all it needs; plain data, which a thread can be given. */
export interface ThreadSettings {
  readonly cloudwatch: CloudWatchOptions | null
  readonly elasticsearch: ElasticsearchOptions | null
  readonly otlp: OtlpOptions | null
}

export function toThreadSettings(options: LogShippingOptions): ThreadSettings {
  const { service, environment, cloudWatch, elasticsearch, otlp } = options
  const [host, pid] = [hostname(), process.pid]
  return {
    cloudwatch: cloudWatch && {
      ...cloudWatch,
      // Of a container's processes each is number 1 on a host of any name.
      logStream: `${service}/${host}/${pid}-${randomBytes(4).toString('hex')}`,
    },
    elasticsearch: elasticsearch && {
      url: elasticsearch.url,
      dataStream: `logs-rampart-${environment}`,
      authorization: elasticsearch.authorization?.reveal() ?? null,
      origin: { service, environment, host, pid },
    },
    otlp: otlp && {
      url: otlp.url,
      headers: revealAll(otlp.headers),
      resource: {
        'service.name': service,
        'deployment.environment.name': environment,
        'host.name': host,
        'process.pid': pid,
      },
    },
  }
}

const revealAll = (headers: NonNullable<LogShippingOptions['otlp']>['headers']) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]))
