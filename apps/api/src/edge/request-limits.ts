const maxHeaderBytes = 16 * 1024

/** What one request may cost (G42), before anyone is known. */
export const requestLimits = {
  // 100 KiB holds every JSON body of this API; a larger one is refused before it is parsed (413).
  bodyLimit: 100 * 1024,
  // A request that has not arrived whole in this time is cut (slow loris, slow body).
  requestTimeout: 10_000,
  connectionTimeout: 0,
  keepAliveTimeout: 5_000,
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
    connectionsCheckingInterval: 1_000,
  },
} as const
