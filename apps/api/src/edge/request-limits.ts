const maxHeaderBytes = 16 * 1024

/** What one request may cost (G42), before anyone is known. */
export const requestLimits = {
  // 100 KiB holds every JSON body of this API; a larger one is refused before it is parsed (413).
  bodyLimit: 100 * 1024,
  // A request that has not arrived whole in this time is cut (slow loris, slow body).
  requestTimeout: 7_000,
  // Nothing moves on the connection: longer than a handler may take, which moves nothing either.
  connectionTimeout: 20_000,
  keepAliveTimeout: 5_000,
  // Whoever goes on after these gets a connection anew.
  maxRequestsPerSocket: 10_000,
  // A handler that takes longer answers 503; statement_timeout ends its query before.
  handlerTimeout: 15_000,
  routerOptions: {
    // The header's size bounds the URL too; Fastify would refuse a long part of it past every hook.
    maxParamLength: maxHeaderBytes,
    ignoreTrailingSlash: false,
  },
  http: {
    headersTimeout: 5_000,
    maxHeaderSize: maxHeaderBytes,
    // Node would answer for a missing Host by itself; allowed-hosts refuses it with a problem.
    requireHostHeader: false,
    // Node looks at its timeouts every 30 s unless told otherwise.
    connectionsCheckingInterval: 500,
  },
} as const

/** How many connections there may be; one more is closed before anything is read from it. */
export const connectionLimits = {
  maxConnections: 4_000,
  // Of one address, or one /64 of IPv6; a trusted proxy brings those of many.
  maxPerAddress: 1_000,
} as const

/** Requests that wait for their answers on one connection (pipelining), which no browser makes. */
export const maxWaitingRequests = 32

/** How long a client may take to read its answer: so long, and a second more for each so many bytes. */
export const answerLimits = {
  readWithinMs: 4_000,
  minBytesPerSecond: 128 * 1024,
  streamBytes: 2 * 1024 * 1024,
} as const

/**
 * When the event loop is late by `lateMs` on average, new requests are refused until it is late by less than
 * `wellMs`. Only in production has the API its process to itself: not beside a debugger, or the tests that ask it.
 */
export const loopLimits = {
  production: { lateMs: 1_000, wellMs: 500 },
  development: { lateMs: 5_000, wellMs: 2_500 },
  test: { lateMs: 5_000, wellMs: 2_500 },
} as const
