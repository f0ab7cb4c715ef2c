import { networkOf } from '@repo/detection'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { blockableKey } from '../blocked-address.ts'
import type { Services } from '../services.ts'
import { sizesOf } from './counted-messages.ts'
import { isLeft, onRequestEnd, statusAtEnd } from './request-ends.ts'

const adminPaths = /^\/(api\/admin\/|trpc\/admin\.)/

/** Tells the detection of every answer once: its sizes, the key it was asked by, and a refusal that no call has told of. */
export function watchResponses(server: FastifyInstance, services: Services): void {
  onRequestEnd(server, (request, reply) => {
    // A connection that is cut before any hook has no address yet.
    if (request.routeOptions.config?.probe || request.clientAddress === '') return
    const status = statusAtEnd(request, reply)
    const isRefused = status >= 400 && status < 500 && !isLeft(status)
    const origin = originOf(services, request)
    observeSizes(services, request, { reply, isRefused, origin })
    observeKey(services, request, origin)
    if (isRefused && proceduresOf(request).length === 0) {
      observeRefusal(services, {
        ...origin,
        code: request.refusal,
        endpoint: request.routeOptions.url ?? null,
        isAdminEndpoint: adminPaths.test(request.originalUrl),
        isAdmin: request.identity !== null && request.identity.platformRole !== null,
      })
    }
  })
}

interface Refusal {
  readonly address: string | null
  readonly code: string | null
  readonly userId?: string | null
  readonly endpoint?: string | null
  readonly isAdminEndpoint?: boolean
  readonly isAdmin?: boolean
}

/** What was refused before anybody was known, unless it is said otherwise. */
export function observeRefusal({ detection }: Services, refusal: Refusal): void {
  const nobody = { userId: null, endpoint: null, isAdminEndpoint: false, isAdmin: false }
  void detection.observe({ kind: 'refusal', ...nobody, ...refusal })
}

const proceduresOf = ({ call }: FastifyRequest) => call?.procedures ?? []

const originOf = (services: Services, { clientAddress, identity, program }: FastifyRequest) => ({
  address: blockableKey(clientAddress, services),
  userId: identity?.userId ?? program?.userId ?? null,
})

type Origin = ReturnType<typeof originOf>

interface Ended {
  readonly reply: FastifyReply | null
  readonly isRefused: boolean
  readonly origin: Origin
}

function observeSizes(
  services: Services,
  request: FastifyRequest,
  { reply, isRefused, origin }: Ended,
): void {
  const { url } = request.routeOptions
  const [procedure, ...others] = proceduresOf(request)
  // The sizes of several calls together are those of none of them.
  if (url === undefined || others.length > 0) return
  const endpoint = procedure ?? url
  const what = { endpoint, isRefused, ...sizesOf(request.raw, reply?.raw) }
  void services.detection.observe({ kind: 'payload', ...origin, ...what })
}

function observeKey(
  services: Services,
  { identity, clientAddress }: FastifyRequest,
  origin: Origin,
): void {
  if (identity?.credential.kind !== 'apiKey') return
  const network = networkOf(clientAddress)
  if (network === null || origin.address === null) return
  const { keyId } = identity.credential
  void services.detection.observe({ kind: 'keyUse', ...origin, keyId, network })
}
