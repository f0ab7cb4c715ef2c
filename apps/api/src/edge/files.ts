import multipart from '@fastify/multipart'
import { contentDisposition, type MediaType } from '@repo/files'
import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../services.ts'
import { callProcedure } from './call-procedure.ts'
import { entityTagOf } from './entity-tags.ts'
import { idempotency } from './idempotency.ts'
import { identifyCallers } from './identify-callers.ts'
import { readUpload, refuseLongUploads, uploadLimits } from './read-upload.ts'
import { readRestInput } from './rest-input.ts'
import { listRestRoutes, type RestProcedure } from './rest-routes.ts'
import { createUploadBudget } from './upload-budget.ts'

interface Options {
  readonly services: Services
  readonly router: AnyTRPCRouter
}

// Whatever a browser makes of it, it is nobody's page: it has no origin, runs nothing and loads nothing.
const filePolicy = {
  'default-src': ["'none'"],
  'frame-ancestors': ["'none'"],
  sandbox: [],
}

/** The procedures whose input or answer is a file, as uploads in multipart/form-data and as downloads. */
export async function files(server: FastifyInstance, options: Options): Promise<void> {
  server.removeAllContentTypeParsers()
  await server.register(multipart, { limits: uploadLimits, throwFileSizeLimit: false })
  server.addHook('onRequest', refuseLongUploads)
  identifyCallers(server, options.services)
  // The key would stand for a body that nobody has read.
  idempotency(server, { services: options.services, holdsSecret: () => true })
  const budget = createUploadBudget()
  for (const procedure of listRestRoutes(options.router)) {
    const { transfer } = procedure
    if (transfer !== 'upload' && transfer !== 'download') continue
    const serve = transfer === 'upload' ? upload : download
    server.route({
      method: procedure.rest.method,
      url: procedure.url,
      helmet: { contentSecurityPolicy: { useDefaults: false, directives: filePolicy } },
      handler: (request, reply) => serve(procedure, { request, reply, budget, ...options }),
    })
  }
}

interface Exchange extends Options {
  readonly budget: ReturnType<typeof createUploadBudget>
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function upload(procedure: RestProcedure, exchange: Exchange) {
  const { request, reply, budget } = exchange
  const { identity } = request
  const allowance = budget.open(identity?.userId ?? '')
  // A stranger is refused by the door, before any of their bytes are taken.
  const readInput = () => (identity === null ? undefined : readUpload(request, reply, allowance))
  const result = await callProcedure({ ...procedure, readInput }, exchange).finally(allowance.end)
  reply.code(procedure.rest.status)
  const tag = entityTagOf(result)
  if (tag !== null) reply.header('etag', tag)
  return result
}

/** What the output schema of a download has let through. */
interface Downloaded {
  readonly name: string
  readonly mediaType: MediaType
  /** In base64. */
  readonly content: string
}

async function download(procedure: RestProcedure, exchange: Exchange) {
  const { request, reply } = exchange
  const readInput = () => readRestInput(procedure.input, request)
  // Parse boundary: the procedure's output schema has checked it.
  const file = (await callProcedure({ ...procedure, readInput }, exchange)) as Downloaded
  reply.header('content-disposition', contentDisposition(file.name, file.mediaType))
  return reply.type(file.mediaType).send(Buffer.from(file.content, 'base64'))
}
