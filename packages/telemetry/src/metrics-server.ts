import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface MetricsServerOptions {
  readonly host: string
  /** 0 for one that the system chooses. */
  readonly port: number
  /** The name of the setting that says the port, for whoever has to mend it. */
  readonly setting: string
  readonly read: () => Promise<string>
}

export interface MetricsServer {
  readonly url: string
  close(): Promise<void>
}

// Prometheus needs one; whoever opens more learns nothing more.
const maxConnections = 16
const patienceMs = 5_000
const type = 'text/plain; version=0.0.4; charset=utf-8'

/** Answers GET /metrics, and nothing else, on a port of its own; it keeps no process alive. Throws where it cannot listen. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, setting } = options
  const read = shareCalls(options.read)
  const limits = {
    requestTimeout: patienceMs,
    headersTimeout: patienceMs,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 8_192,
  }
  const server = createServer(limits, ({ method, url }, response) => {
    if (url !== '/metrics') return refuse(response, 404)
    if (method !== 'GET') return refuse(response.setHeader('Allow', 'GET'), 405)
    read().then(
      (text) => answer(response, text),
      () => refuse(response, 500),
    )
  })
  server.maxConnections = maxConnections
  // Of who says nothing at all.
  server.timeout = patienceMs
  server.unref()
  server.listen({ host, port })
  await once(server, 'listening').catch(({ code }) => {
    throw new Error(`The metrics cannot listen on ${host}, port ${port} (${setting}): ${code}.`)
  })
  return {
    // A server that listens on TCP has such an address.
    url: `http://${host}:${(server.address() as AddressInfo).port}/metrics`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

// A connection a question: who keeps theirs open takes no other's place.
const guards = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  Connection: 'close',
} as const

function answer(response: ServerResponse, text: string): void {
  response.writeHead(200, { ...guards, 'Content-Type': type }).end(text)
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...guards, 'Content-Length': 0 }).end()
}

/** Whoever asks while an answer is being made gets the same one. */
function shareCalls<T>(call: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null
  return () => {
    running ??= call().finally(() => {
      running = null
    })
    return running
  }
}
