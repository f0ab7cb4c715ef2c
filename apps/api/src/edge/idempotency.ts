import { createHash } from 'node:crypto'
import { type Credential, type Identity, type Membership, personBehind } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { ClaimedKey, KeyedRequest } from '@repo/idempotency'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findOrganization } from '../procedures/require-organization.ts'
import type { Services } from '../services.ts'
import { entityTagOf } from './entity-tags.ts'
import { readIdempotencyKey } from './idempotency-key.ts'
import { settleKey } from './settle-key.ts'

declare module 'fastify' {
  interface FastifyRequest {
    claimedKey: ClaimedKey | null
    /** The text of a JSON body, where a parser of ours kept it. */
    jsonText: string | null
  }
}

interface Options {
  readonly services: Services
  /** Whether the answer of what a request calls may not be kept. */
  readonly holdsSecret: (request: FastifyRequest) => boolean
}

/**
 * `Idempotency-Key` on POST (draft-ietf-httpapi-idempotency-key-header): a signed-in caller's request
 * runs once, and its repetition gets the same answer. Stands after `identify`.
 */
export function idempotency(server: FastifyInstance, { services, holdsSecret }: Options): void {
  server.decorateRequest('claimedKey', null)
  server.decorateRequest('jsonText', null)
  server.addHook('preHandler', async (request, reply) => {
    const header = request.headers['idempotency-key']
    if (request.method !== 'POST' || header === undefined) return
    if (holdsSecret(request)) throw new AppError('idempotency_not_supported')
    // Nobody's request is refused by the door, or is one that anyone may repeat.
    if (request.identity === null) return
    const key = readIdempotencyKey(String(header))
    const outcome = await services.idempotency.claim(keyedRequest(request, request.identity, key))
    if (outcome.kind === 'mismatch') throw new AppError('idempotency_key_reused')
    if (outcome.kind === 'busy') {
      throw new AppError('idempotency_in_progress', { retryAfterSeconds: 1 })
    }
    if (outcome.kind === 'replay') return replay(reply, outcome)
    request.claimedKey = outcome.claimed
  })
  server.addHook('onSend', (_request, reply, payload) => settleKey(reply, payload, services))
}

function keyedRequest(request: FastifyRequest, identity: Identity, key: string): KeyedRequest {
  const { credential, userId } = identity
  const membership = membershipOf(request, identity)
  const said = JSON.stringify([
    ...[request.method, request.url, textOf(request)],
    ...standingOf(membership, credential.secondFactor),
    ...[identity.platformRole, personBehind(identity)],
  ])
  return {
    userId,
    organizationId: membership?.organizationId ?? null,
    key: `${nameOf(credential)} ${key}`,
    requestHash: createHash('sha256').update(said).digest('hex'),
  }
}

/** A key or a token may do less than its owner: an answer that was given to one is not given to another. */
function nameOf(credential: Credential): string {
  if (credential.kind === 'session') return credential.kind
  if (credential.kind === 'apiKey') return credential.keyId
  return [credential.clientId, ...credential.permissions.toSorted()].join(' ')
}

/** What a caller may do now: an answer is not given again to one who may do other things than then. */
const standingOf = (membership: Membership | null, hasSecondFactor: boolean) => [
  membership?.role ?? null,
  membership?.permissions ?? null,
  membership?.requiresSecondFactor === true && !hasSecondFactor,
]

function membershipOf({ headers }: FastifyRequest, identity: Identity): Membership | null {
  const asked = headers['x-organization-id']
  try {
    return findOrganization(identity, asked?.toString())
  } catch {
    // Not theirs: the door refuses it.
    return null
  }
}

/** The body as it came: the same bytes are the same request. */
function textOf({ body, jsonText }: FastifyRequest): string {
  if (typeof body === 'string') return body
  if (body !== undefined && jsonText === null) throw new AppError('idempotency_not_supported')
  return jsonText ?? ''
}

/** The kept answer, byte for byte; its type and tag follow from it. */
function replay(reply: FastifyReply, answer: { readonly status: number; readonly body: string }) {
  const { status, body } = answer
  reply.code(status).header('idempotency-replayed', 'true')
  if (body === '') return reply.send()
  const inTrpc = reply.request.routeOptions.config.speaksTrpc === true
  const hasTag = reply.request.routeOptions.config.hasTag === true
  const tag = hasTag ? entityTagOf(JSON.parse(body)) : null
  if (tag !== null) reply.header('etag', tag)
  const isProblem = status >= 400 && !inTrpc
  return reply.type(isProblem ? 'application/problem+json' : 'application/json').send(body)
}
