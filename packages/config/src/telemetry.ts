import { z } from 'zod'
import { type OtlpHeaders, otlpHeaders } from './otlp-headers.ts'
import { receiverUrl } from './receiver-url.ts'
import { port } from './whole-number.ts'

export interface TelemetryConfig {
  /** Where Prometheus reads. */
  readonly metrics: { readonly host: string; readonly port: number }
  /** Null where nobody is sent traces. */
  readonly tracing: TracingConfig | null
}

export interface TracingConfig {
  /** Where OTLP/HTTP takes traces. */
  readonly url: string
  readonly headers: OtlpHeaders
  /** Of all requests, 0 to 1. */
  readonly ratio: number
}

/** By the names that OpenTelemetry gives them, where it gives any. */
export const telemetryEnvironment = z.object({
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port.default(9464),
  OTEL_EXPORTER_OTLP_ENDPOINT: receiverUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiverUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders.default({}),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0|1|0?\.\d{1,6}|[01]\.\d{1,6})$/, 'must be a ratio, 0 to 1')
    .transform(Number)
    .pipe(z.number().max(1, 'must be a ratio, 0 to 1'))
    .default(0.1),
})

export const workerTelemetryEnvironment = telemetryEnvironment
  .omit({ METRICS_PORT: true })
  .extend({ WORKER_METRICS_PORT: port.default(9465) })

type Values = Omit<z.infer<typeof telemetryEnvironment>, 'METRICS_PORT'>

export function readTelemetry(values: Values, metricsPort: number): TelemetryConfig {
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/$/, '')
  const tracesUrl =
    values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base === undefined ? null : `${base}/v1/traces`)
  return Object.freeze({
    metrics: Object.freeze({ host: values.METRICS_HOST, port: metricsPort }),
    tracing:
      tracesUrl === null
        ? null
        : Object.freeze({
            url: tracesUrl,
            headers: values.OTEL_EXPORTER_OTLP_HEADERS,
            ratio: values.OTEL_TRACES_SAMPLER_ARG,
          }),
  })
}
