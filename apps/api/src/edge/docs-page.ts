import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import type { OpenApiRouter } from 'trpc-to-openapi'
import type { Services } from '../services.ts'
import { describeApi } from './openapi.ts'
import { page, plainPage } from './page.ts'

const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const pages = new URL('./docs-page/', import.meta.url)

const policy = {
  ...plainPage,
  'script-src': ["'self'"],
  'connect-src': ["'self'"],
}

// Kept, and asked about by its tag each time: a new version is seen at once.
const cacheControl = 'public, no-cache'

/** /openapi.json, and /docs: the reference as a page under its own policy, from no other host. */
export async function docsPage(
  server: FastifyInstance,
  { services, router }: { readonly services: Services; readonly router: OpenApiRouter },
): Promise<void> {
  const { baseUrl } = services.config
  const { cookieName } = services.sessions
  const document = JSON.stringify(describeApi(router, { baseUrl, cookieName }))
  const [text, script] = await Promise.all([
    readFile(new URL('index.html', pages), 'utf8'),
    readFile(new URL('start.js', pages), 'utf8'),
  ])
  server.get('/openapi.json', (_request, reply) => reply.type('application/json').send(document))
  server.get('/', page(plainPage), (_request, reply) => reply.redirect('/docs', 302))
  server.get('/docs', page(policy), (_request, reply) => reply.type('text/html').send(text))
  server.get('/docs/start.js', (_request, reply) => reply.type('text/javascript').send(script))
  await server.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, cacheControl }
    })
    await scope.register(fastifyStatic, {
      root: assets,
      prefix: '/docs/assets/',
      index: false,
      allowedPath: (path) => /^\/swagger-ui(-bundle)?\.(css|js)$/.test(path),
      cacheControl: false,
      acceptRanges: false,
    })
  })
}
