import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { blockableKey } from '../blocked-address.ts'
import type { Services } from '../services.ts'
import { replyToBrokenRequest } from './broken-requests.ts'
import { type Certificate, openCertificate } from './certificate.ts'
import { canonicalAddress } from './client-address.ts'
import { CountedRequest, CountedResponse } from './counted-messages.ts'
import { limitConnections } from './limit-connections.ts'
import { connectionLimits, requestLimits } from './request-limits.ts'
import { logBrokenRequest } from './request-log.ts'
import { observeRefusal } from './watch-responses.ts'

// Fastify sets them on no server but its own.
const { http: limits, requestTimeout, keepAliveTimeout } = requestLimits
const { connectionTimeout, maxRequestsPerSocket } = requestLimits
const lingerMs = 1_000
const messages = { IncomingMessage: CountedRequest, ServerResponse: CountedResponse }
const options = { ...limits, requestTimeout, keepAliveTimeout, ...messages }

/** Who takes connections: HTTPS where there is a certificate, else plain HTTP for the proxy in front. */
export function createListeners(services: Services) {
  const { tls } = services.config
  const certificate = tls && openCertificate(tls, services)
  const watch = limitConnections(services, connectionLimits)
  const create = (handler: RequestListener, speaks: Certificate | null): Server => {
    const listener = createListener(handler, speaks)
    answerBroken(listener, services)
    watch(listener)
    return listener
  }
  return {
    /** One for each address that the server listens at. */
    create: (handler: RequestListener): Server => create(handler, certificate),
    /** While the server lives: follows the certificate, and answers plain HTTP beside HTTPS (HTTP_PORT). */
    attach(server: FastifyInstance): void {
      const stop = certificate?.follow()
      server.addHook('onClose', async () => stop?.())
      const answer: RequestListener = (request, response) => server.routing(request, response)
      answerPlainHttp(server, services, () => create(answer, null))
    },
  }
}

/** The limits of a connection are the same on each. */
function createListener(handler: RequestListener, certificate: Certificate | null): Server {
  const listener = certificate
    ? createSecureListener(handler, certificate)
    : createServer(options, handler)
  listener.setTimeout(connectionTimeout)
  listener.maxRequestsPerSocket = maxRequestsPerSocket
  // Node would answer an Expect header it does not know by itself: expectations.ts refuses it.
  listener.on('checkExpectation', handler)
  return listener
}

/** No hook runs for them, so what they tell is told here. */
function answerBroken(listener: Server, services: Services): void {
  const answer = (error: Error, socket: Duplex) => {
    // While it is known: a connection that has ended does not tell it.
    const peer = socket instanceof Socket ? canonicalAddress(socket.remoteAddress ?? '') : null
    const broken = replyToBrokenRequest(error, socket)
    if (broken === null) return
    const address = peer ?? 'unknown'
    logBrokenRequest(broken, address, services.logger)
    const { code } = broken.problem
    observeRefusal(services, { address: blockableKey(address, services), code })
  }
  listener.on('clientError', answer)
  // Node would end the connection without a word.
  listener.on('connect', (_request, socket) => {
    // Node has taken its own listeners off: without one a reset would end the process.
    socket.on('error', () => {})
    answer(new Error('CONNECT'), socket)
  })
}

function createSecureListener(handler: RequestListener, certificate: Certificate): Server {
  const listener = createSecureServer({ ...options, ...certificate.options() }, handler)
  certificate.serve(listener)
  return listener
}

/** What comes here goes the way of every request; https-only redirects or refuses it. */
function answerPlainHttp(
  server: FastifyInstance,
  { config }: Services,
  create: () => Server,
): void {
  const { httpPort: port, host } = config
  if (port === null) return
  const listener = create()
  server.addHook('onReady', () => listen(listener, { port, host }))
  server.addHook('onClose', () => close(listener))
}

function listen(listener: Server, address: { readonly port: number; readonly host: string }) {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  listener.once('error', reject)
  // The process lives as long as the server does, not longer.
  listener.listen({ ...address }, resolve).unref()
  return promise
}

function close(listener: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  listener.close(() => resolve())
  listener.closeIdleConnections()
  // Node looks at no timeouts any more: who says nothing would keep it open.
  setTimeout(() => listener.closeAllConnections(), lingerMs).unref()
  return promise
}
