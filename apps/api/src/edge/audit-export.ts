import { Readable } from 'node:stream'
import type { AuditEntry, OrganizationAuditSearch } from '@repo/audit'
import { grantsOf } from '@repo/rbac'
import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { auditEvent } from '../audit-event-output.ts'
import { type AuditTrail, openAuditTrail } from '../audit-trail.ts'
import { requireOrganization } from '../procedures/require-organization.ts'
import { requireSession } from '../procedures/require-session.ts'
import type { Services } from '../services.ts'
import { callProcedure } from './call-procedure.ts'
import { identifyCallers } from './identify-callers.ts'
import { readRestInput } from './rest-input.ts'
import { listRestRoutes, type RestProcedure } from './rest-routes.ts'

interface Options {
  readonly services: Services
  readonly router: AnyTRPCRouter
}

type Search = Omit<OrganizationAuditSearch, 'limit' | 'byUser'>

// In memory at a time, of one export.
const pageSize = 500

/** The procedures whose answer is as many lines as there are, in JSON Lines: their doors decide, and it streams. */
export async function auditExport(server: FastifyInstance, options: Options): Promise<void> {
  identifyCallers(server, options.services)
  for (const procedure of listRestRoutes(options.router)) {
    if (procedure.transfer !== 'lines') continue
    server.route({
      method: procedure.rest.method,
      url: procedure.url,
      // It would read all of it, for nobody.
      exposeHeadRoute: false,
      handler: (request, reply) => send(procedure, { request, reply, ...options }),
    })
  }
}

interface Exchange extends Options {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function send(procedure: RestProcedure, exchange: Exchange) {
  const { request, reply } = exchange
  const readInput = () => readRestInput(procedure.input, request)
  // Parse boundary: the procedure's output schema has checked it.
  const search = (await callProcedure({ ...procedure, readInput }, exchange)) as Search
  // What the first page meets with is still an answer of its own.
  const first = await readPage(exchange, search)
  reply.header('content-disposition', 'attachment; filename="audit-events.jsonl"')
  return reply.type('application/jsonl').send(Readable.from(linesOf(exchange, search, first)))
}

async function readPage(exchange: Exchange, { organizationId, ...wanted }: Search) {
  const trail = await reopen(exchange, organizationId)
  return trail.list(organizationId, { ...wanted, limit: pageSize })
}

/** The trail of who may still read it: session, membership and role as they are by now. Throws for anyone else. */
async function reopen(
  { request, services }: Exchange,
  organizationId: string,
): Promise<AuditTrail> {
  const found = await services.sessions.find(request.sessionToken ?? '')
  const caller = requireSession(found && !found.pending ? found.identity : null)
  const { role, permissions } = requireOrganization(caller, organizationId)
  const grants = grantsOf(role, permissions)
  return openAuditTrail(caller, { organizationId, grants }, services)
}

/**
 * A page at a time, each when the one before has been sent: between two of them neither a connection nor a
 * transaction is held. Each asks again who reads; to one who may no longer, what is sent ends broken off.
 */
async function* linesOf(exchange: Exchange, search: Search, first: readonly AuditEntry[]) {
  for (let page = first; page.length > 0; ) {
    yield page.map((entry) => `${JSON.stringify(auditEvent.parse(entry))}\n`).join('')
    if (page.length < pageSize) return
    page = await readPage(exchange, { ...search, before: page.at(-1)?.id })
  }
}
