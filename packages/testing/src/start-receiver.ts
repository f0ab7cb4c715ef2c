import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request that arrived whole. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** As text; `bytes` where it is none. */
  readonly body: string
  readonly bytes: Buffer
}

export interface ReceiverSettings {
  readonly host?: string
  readonly port?: number
  /** PEM; plain HTTP without it. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** What to answer to the request that came as this one, counted from 1; 204 by default. */
  readonly answer?: (response: ServerResponse, received: Received, count: number) => void
}

export interface Receiver {
  readonly port: number
  readonly received: readonly Received[]
  /** Connections so far, those without a request included. */
  readonly countConnections: () => number
  close(): Promise<void>
}

const accept = (response: ServerResponse) => {
  response.writeHead(204).end()
}

/** A real HTTP or HTTPS server on loopback that keeps what it was sent. */
export async function startReceiver(settings: ReceiverSettings = {}): Promise<Receiver> {
  const { host = '127.0.0.1', port = 0, tls, answer = accept } = settings
  const received: Received[] = []
  let connections = 0
  const server = tls ? createSecureServer(tls) : createServer()
  server.on('connection', () => {
    connections += 1
  })
  server.on('request', async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const bytes = await buffer(request)
    const one = { method, path, headers, bytes, body: bytes.toString() }
    answer(response, one, received.push(one))
  })
  await once(server.listen(port, host), 'listening')
  return {
    // A TCP server's address is an object, never a pipe's name.
    port: (server.address() as AddressInfo).port,
    received,
    countConnections: () => connections,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
