import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { allTaken, type Destination, type Line, type Outcome } from '../destination.ts'
import { parseLine } from '../parse-line.ts'
import { type Answer, post } from '../post.ts'
import { toLogRecord } from './to-log-record.ts'

export interface OtlpOptions {
  /** As it is, `/v1/logs` included. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Who writes the lines, by the names of OpenTelemetry's semantic conventions. */
  readonly resource: Readonly<Record<string, string | number>>
}

// OTLP/HTTP, "Retryable Response Codes"; what is refused otherwise must not be sent again.
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** OpenTelemetry's protocol over HTTP, in protobuf. */
export function openOtlp({ url, headers, resource: attributes }: OtlpOptions): Destination {
  const resource = resourceFromAttributes(attributes)
  const scope = { name: 'rampart' }
  return {
    name: 'otlp',
    maxLines: 1_000,
    maxBytes: 2 * 1024 * 1024,
    bytesPerLine: 256,
    async send(lines) {
      const records = lines.map(({ text }) => toLogRecord(parseLine(text), { resource, scope }))
      const body = ProtobufLogsSerializer.serializeRequest(records)
      if (body === undefined) throw new Error('The lines cannot be written as protobuf.')
      const type = { 'content-type': 'application/x-protobuf' }
      return readAnswer(await post(url, { body, headers: { ...headers, ...type } }), lines)
    },
  }
}

function readAnswer({ status, body, pauseMs }: Answer, lines: readonly Line[]): Outcome {
  if (status >= 200 && status < 300) return readPartialSuccess(body)
  const reason = `status ${status}`
  if (retryable.has(status)) return { again: lines, lost: 0, reason, pauseMs }
  if (status === 413 && lines.length > 1) return { again: lines, lost: 0, reason, isTooLarge: true }
  return { again: [], lost: lines.length, reason }
}

/** What was rejected of a batch that was taken must not be sent again. */
function readPartialSuccess(body: Buffer): Outcome {
  const { partialSuccess } = ProtobufLogsSerializer.deserializeResponse(body)
  const lost = Number(partialSuccess?.rejectedLogRecords ?? 0)
  return lost === 0 ? allTaken : { again: [], lost, reason: 'rejected' }
}
