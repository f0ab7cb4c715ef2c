import { generateOpenApiDocument, type OpenAPIObject, type OpenApiRouter } from 'trpc-to-openapi'
import { describeOperations } from './openapi-operations.ts'
import { listRestRoutes } from './rest-routes.ts'

/** The REST API as OpenAPI 3.1, from the routers' own schemas; success status and errors as they are served. */
export function describeApi(
  router: OpenApiRouter,
  options: { readonly baseUrl: string; readonly cookieName: string },
): OpenAPIObject {
  const document = generateOpenApiDocument(router, {
    title: 'Rampart API',
    version: '0.1.0',
    description: 'Every route is also a tRPC procedure under /trpc.',
    baseUrl: new URL('/api', options.baseUrl).href,
    license: { name: 'MIT', identifier: 'MIT' },
    securitySchemes: {
      session: { type: 'apiKey', in: 'cookie', name: options.cookieName },
      administrator: {
        type: 'apiKey',
        in: 'cookie',
        name: options.cookieName,
        description:
          'The session of an administrator of the platform, authenticated in the last 15 minutes, in production with a second factor.',
      },
      key: { type: 'http', scheme: 'bearer', bearerFormat: 'rk_live_…' },
    },
  })
  // For anyone who may reach it (OWASP API9:2023 asks an inventory to say so).
  const servers = document.servers?.map((server) => ({ ...server, 'x-internal': false }))
  return describeOperations({ ...document, ...(servers && { servers }) }, listRestRoutes(router))
}
