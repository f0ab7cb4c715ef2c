import { gunzipSync } from 'node:zlib'
import { startReceiver } from '@repo/testing'
import { parse } from 'protobufjs'
import { createBehaviours } from './behaviour.ts'
import { otlpProto } from './otlp-proto.ts'

const { root } = parse(otlpProto)
const request = root.lookupType('ExportLogsServiceRequest')
const response = root.lookupType('ExportLogsServiceResponse')

interface KeyValue {
  readonly key: string
  readonly value?: Readonly<Record<string, unknown>>
}

export interface LogRecord {
  readonly timeUnixNano?: string
  readonly observedTimeUnixNano?: string
  readonly severityNumber?: number
  readonly severityText?: string
  readonly body?: { readonly stringValue?: string }
  readonly attributes?: readonly KeyValue[]
  /** In base64. */
  readonly traceId?: string
  readonly eventName?: string
}

interface Request {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] }
    readonly scopeLogs?: readonly { readonly logRecords?: readonly LogRecord[] }[]
  }[]
}

/** OTLP over HTTP as its specification has it, decoded by another library. */
export async function startOtlp(headersWanted: Readonly<Record<string, string>>) {
  const behaviours = createBehaviours()
  const problems: string[] = []
  const records: LogRecord[] = []
  const resources: (readonly KeyValue[])[] = []
  const sizes: number[] = []
  const times: number[] = []
  let rejected = 0
  let whole: number | null = null

  const receiver = await startReceiver({
    answer(reply, { path, headers, bytes }) {
      times.push(performance.now())
      if (path !== '/v1/logs') problems.push(`the path ${path}`)
      if (headers['content-type'] !== 'application/x-protobuf') problems.push('it is no protobuf')
      if (headers['content-encoding'] !== 'gzip') problems.push('it is not compressed')
      for (const [name, value] of Object.entries(headersWanted)) {
        if (headers[name] !== value) problems.push(`the header ${name}`)
      }
      // Throws at what is not of these types, or is cut short.
      const decoded: Request = request.toObject(request.decode(gunzipSync(bytes)), {
        longs: String,
        bytes: String,
      })
      const given = (decoded.resourceLogs ?? []).flatMap(({ scopeLogs }) =>
        (scopeLogs ?? []).flatMap(({ logRecords }) => logRecords ?? []),
      )
      problems.push(...given.flatMap(findProblems))
      sizes.push(given.length)
      const behaviour = behaviours.next()
      if (whole !== null) {
        reply.writeHead(whole).end()
        return
      }
      if (behaviour === 'silence') return
      if (behaviour === 'cut') {
        reply.destroy()
        return
      }
      if (behaviour === 'throttle') {
        reply.writeHead(503, { 'retry-after': '1' }).end()
        return
      }
      records.push(...given.slice(rejected))
      resources.push(
        ...(decoded.resourceLogs ?? []).map(({ resource }) => resource?.attributes ?? []),
      )
      const partial = rejected === 0 ? {} : { partialSuccess: { rejectedLogRecords: rejected } }
      reply.writeHead(200, { 'content-type': 'application/x-protobuf' })
      reply.end(response.encode(response.fromObject(partial)).finish())
    },
  })
  return {
    ...behaviours,
    url: `http://127.0.0.1:${receiver.port}/v1/logs`,
    problems,
    records,
    resources,
    sizes,
    /** When requests came, in milliseconds. */
    times,
    /** Rejects the first so many of each request. */
    reject(count: number) {
      rejected = count
    },
    /** What every request is answered with; null for what it deserves. */
    refuse(status: number | null) {
      whole = status
    },
    close: receiver.close,
  }
}

/** An attribute's value, of whichever type it is. */
export function attributeOf(attributes: readonly KeyValue[] | undefined, name: string): unknown {
  const found = attributes?.find(({ key }) => key === name)
  return found?.value && Object.values(found.value)[0]
}

function findProblems(record: LogRecord): readonly string[] {
  const { timeUnixNano = '0', observedTimeUnixNano = '0', severityNumber = 0 } = record
  const keys = record.attributes?.map(({ key }) => key) ?? []
  const traceBytes = Buffer.from(record.traceId ?? '', 'base64').length
  const rules: readonly (readonly [isBroken: boolean, problem: string])[] = [
    [timeUnixNano.length !== 19 || observedTimeUnixNano.length !== 19, 'a time is no time'],
    [severityNumber < 1 || severityNumber > 24, 'a severity is none'],
    [new Set(keys).size !== keys.length, 'an attribute is given twice'],
    [traceBytes !== 0 && traceBytes !== 16, 'a trace has no 16 bytes'],
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, problem]) => problem)
}
