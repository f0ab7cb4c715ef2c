import type { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import { type Fields, securityEventOf, timeOf } from '../parse-line.ts'
import { readError } from '../read-error.ts'

type LogRecord = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number]
type Attributes = LogRecord['attributes']

interface Origin {
  readonly resource: LogRecord['resource']
  readonly scope: LogRecord['instrumentationScope']
}

/** OpenTelemetry's numbers of the levels ("SeverityNumber"). */
const severities: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
}

/** Names of its semantic conventions for fields of ours; the rest are in a namespace of their own. */
const names: Readonly<Record<string, string>> = {
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  bytesIn: 'http.request.body.size',
  bytesOut: 'http.response.body.size',
  address: 'client.address',
  userId: 'user.id',
}

// Parts of the record itself, or of its resource.
const elsewhere: ReadonlySet<string> = new Set(['time', 'level', 'msg', 'service', 'traceId'])

/** A line of the log as a record of OpenTelemetry. */
export function toLogRecord(fields: Fields, { resource, scope }: Origin): LogRecord {
  const { level, msg, traceId } = fields
  const eventName = securityEventOf(fields)
  return {
    hrTime: toHrTime(timeOf(fields)),
    hrTimeObserved: toHrTime(Date.now()),
    severityNumber: severities[String(level)] ?? 0,
    severityText: String(level),
    body: String(msg ?? ''),
    attributes: { ...attributesOf(fields), ...exceptionOf(fields['err']) },
    droppedAttributesCount: 0,
    ...(eventName !== null && { eventName }),
    // A request has a trace before anybody has spans.
    ...(isTraceId(traceId) && { spanContext: { traceId, spanId: '', traceFlags: 0 } }),
    resource,
    instrumentationScope: scope,
  }
}

const toHrTime = (ms: number): [number, number] => [
  Math.floor(ms / 1_000),
  (ms % 1_000) * 1_000_000,
]

const isTraceId = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)

const attributesOf = (fields: Fields): Attributes =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name, value]) => value !== null && !elsewhere.has(name))
      .filter(([name, value]) => name !== 'err' || readError(value) === null)
      .map(([name, value]) => [names[name] ?? `rampart.${name}`, value]),
  ) as Attributes // Lines are JSON, each of whose values has a place in AnyValue.

function exceptionOf(value: unknown): Attributes {
  const { type, message, code, stack } = readError(value) ?? {}
  return {
    ...(type !== undefined && { 'exception.type': type }),
    ...(message !== undefined && { 'exception.message': message }),
    ...(code !== undefined && { 'rampart.exception.code': code }),
    ...(stack !== undefined && { 'exception.stacktrace': stack }),
  }
}
