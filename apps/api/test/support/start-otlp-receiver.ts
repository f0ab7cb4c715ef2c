import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Message, readMessage } from './read-protobuf.ts'

export interface ReceivedSpan {
  readonly service: string
  readonly traceId: string
  readonly spanId: string
  /** Empty for the first of a trace. */
  readonly parentId: string
  readonly name: string
  /** 1 internal, 2 server, 3 client, 5 consumer. */
  readonly kind: number
  readonly attributes: Readonly<Record<string, string | number>>
  /** 2 for an error. */
  readonly status: number
}

/** A collector that reads what OTLP/HTTP sends in protobuf. */
export async function startOtlpReceiver() {
  const spans: ReceivedSpan[] = []
  const bodies: Buffer[] = []
  const asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = []
  const answer = { status: 200 }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    asked.push({ url: request.url ?? '', headers: request.headers })
    if (answer.status === 200) {
      bodies.push(body)
      spans.push(...readSpans(body))
    }
    response.writeHead(answer.status, { 'content-type': 'application/x-protobuf' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, bodies, asked, answer },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** The spans of an ExportTraceServiceRequest (opentelemetry-proto, trace/v1). */
function readSpans(body: Buffer): readonly ReceivedSpan[] {
  return readMessage(body)
    .messages(1)
    .flatMap((resourceSpans) => {
      const [resource] = resourceSpans.messages(1)
      const service = String(attributesOf(resource, 1)['service.name'])
      return resourceSpans
        .messages(2)
        .flatMap((scope) => scope.messages(2))
        .map((span) => toSpan(span, service))
    })
}

const toSpan = (span: Message, service: string): ReceivedSpan => ({
  service,
  traceId: span.hex(1),
  spanId: span.hex(2),
  parentId: span.hex(4),
  name: span.text(5),
  kind: span.number(6),
  attributes: attributesOf(span, 9),
  status: span.messages(15)[0]?.number(3) ?? 0,
})

function attributesOf(message: Message | undefined, field: number) {
  const pairs = message?.messages(field) ?? []
  return Object.fromEntries(
    pairs.map((pair) => {
      const [value] = pair.messages(2)
      return [pair.text(1), value?.has(1) ? value.text(1) : (value?.number(3) ?? 0)] as const
    }),
  )
}
