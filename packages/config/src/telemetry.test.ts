import { expect, test } from 'vitest'
import type { Secret } from './secret.ts'
import { readTelemetry, telemetryEnvironment } from './telemetry.ts'

function read(environment: Readonly<Record<string, string>>) {
  const values = telemetryEnvironment.parse(environment)
  return readTelemetry(values, values.METRICS_PORT)
}

const problemsOf = (environment: Readonly<Record<string, string>>) =>
  telemetryEnvironment
    .safeParse(environment)
    .error?.issues.map(({ path, message }) => `${String(path[0])} ${message}`) ?? []

const revealed = (headers: Readonly<Record<string, Secret>> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]))

test('metrics are on loopback, and traces go nowhere, unless it is said otherwise', () => {
  expect(read({})).toEqual({ metrics: { host: '127.0.0.1', port: 9464 }, tracing: null })
  expect(read({ METRICS_HOST: '0.0.0.0', METRICS_PORT: '0' }).metrics).toEqual({
    host: '0.0.0.0',
    port: 0,
  })
})

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, 'http://collector:4318/v1/traces'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a.test/otlp/' }, 'https://a.test/otlp/v1/traces'],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://a.test/t' }, 'https://a.test/t'],
])('%j: traces go to %s, one of ten', (environment, url) => {
  expect(read(environment).tracing).toMatchObject({ url, ratio: 0.1 })
})

test('headers are secrets, decoded, by their names in lower case', () => {
  const { tracing } = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a.test',
    OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20t0k3n=, x-tenant = acme',
  })
  expect(revealed(tracing?.headers)).toEqual({ authorization: 'Bearer t0k3n=', 'x-tenant': 'acme' })
  expect(JSON.stringify(tracing)).not.toContain('t0k3n')
})

test.each([
  [{ METRICS_PORT: '70000' }, 'METRICS_PORT must be a port, 0 to 65535'],
  [{ METRICS_PORT: '0x50' }, 'METRICS_PORT must be a port, 0 to 65535'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    'OTEL_EXPORTER_OTLP_ENDPOINT must be an http',
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://u:p@a.test' }, 'OTEL_EXPORTER_OTLP_ENDPOINT must be'],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=b,c' }, 'OTEL_EXPORTER_OTLP_HEADERS must be a list'],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=b%0Ac' }, 'OTEL_EXPORTER_OTLP_HEADERS must be a list'],
  [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG must be a ratio'],
  [{ OTEL_TRACES_SAMPLER_ARG: '-1' }, 'OTEL_TRACES_SAMPLER_ARG must be a ratio'],
  [{ OTEL_TRACES_SAMPLER_ARG: '10%' }, 'OTEL_TRACES_SAMPLER_ARG must be a ratio'],
])('%j is refused', (environment, problem) => {
  expect(problemsOf(environment)).toEqual([expect.stringContaining(problem)])
})
