import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import type { OpenApiRouter } from 'trpc-to-openapi'
import type { Services } from '../services.ts'
import { describeApi } from './openapi.ts'
import { pagePolicy } from './security-headers.ts'

const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const pages = new URL('./docs-page/', import.meta.url)

/** /openapi.json, and /docs: the reference as a page under its own policy, from no other host. */
export async function docsPage(
  server: FastifyInstance,
  { services, router }: { readonly services: Services; readonly router: OpenApiRouter },
): Promise<void> {
  const { baseUrl } = services.config
  const { cookieName } = services.sessions
  const document = JSON.stringify(describeApi(router, { baseUrl, cookieName }))
  const [page, script] = await Promise.all([
    readFile(new URL('index.html', pages), 'utf8'),
    readFile(new URL('start.js', pages), 'utf8'),
  ])
  const policy = {
    helmet: { contentSecurityPolicy: { useDefaults: false, directives: pagePolicy } },
  }
  server.get('/openapi.json', (_request, reply) => reply.type('application/json').send(document))
  server.get('/docs', policy, (_request, reply) => reply.type('text/html').send(page))
  server.get('/docs/start.js', (_request, reply) => reply.type('text/javascript').send(script))
  await server.register(fastifyStatic, {
    root: assets,
    prefix: '/docs/assets/',
    index: false,
    allowedPath: (path) => /^\/swagger-ui(-bundle)?\.(css|js)$/.test(path),
    cacheControl: false,
  })
}
