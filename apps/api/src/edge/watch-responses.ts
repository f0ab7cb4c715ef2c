import { networkOf } from '@repo/detection'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { blockableKey } from '../blocked-address.ts'
import type { Services } from '../services.ts'
import { sizesOf } from './counted-messages.ts'
import { type EndedRequest, isLeft } from './request-ends.ts'

// Of URLs, and of procedures.
const adminPaths = /^(\/api\/admin\/|(\/trpc\/)?admin\.)/

/** Tells the detection of every answer once: its sizes, the key it was asked by, and refusals that no procedure has told of. */
export function watchResponses(services: Services) {
  return ({ request, reply, status }: EndedRequest): void => {
    // A connection that is cut before any hook has no address yet.
    if (request.routeOptions.config?.probe || request.clientAddress === '') return
    const isRefused = status >= 400 && status < 500 && !isLeft(status)
    const origin = originOf(services, request)
    observeSizes(services, request, { reply, isRefused, origin })
    observeKey(services, request, origin)
    for (const path of pathsWithoutProcedure(request, isRefused)) {
      observeRefusal(services, {
        ...origin,
        code: request.refusal,
        endpoint: request.routeOptions.url ?? null,
        isAdminEndpoint: adminPaths.test(path),
        isAdmin: request.identity !== null && request.identity.platformRole !== null,
      })
    }
  }
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

/** What was refused before any procedure: calls, of which a batch has several, or a request that came to none. */
function pathsWithoutProcedure({ call, url }: FastifyRequest, isRefused: boolean) {
  if (call && call.missed.length > 0) return call.missed
  // As it is routed: any letter of it may come percent-encoded (readable-url.ts lets no other path through).
  return isRefused && !call?.procedures.length ? [decodeURIComponent(pathOf(url))] : []
}

const pathOf = (url: string) => url.split('?', 1).join()

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
  const { procedures = [], missed = [] } = request.call ?? {}
  if (url === undefined) return
  // The sizes of several calls together are those of none of them, and of a batch.
  const [endpoint = url] = procedures.length + missed.length > 1 ? [] : procedures
  const what = { endpoint, isRefused, ...sizesOf(request.raw, reply?.raw) }
  void services.detection.observe({ kind: 'payload', ...origin, ...what })
}

function observeKey(
  services: Services,
  { identity, clientAddress, call }: FastifyRequest,
  origin: Origin,
): void {
  if (identity?.credential.kind !== 'apiKey') return
  const network = networkOf(clientAddress)
  if (network === null || origin.address === null) return
  const use = {
    keyId: identity.credential.keyId,
    network,
    hasSucceeded: call?.hasSucceeded === true,
  }
  void services.detection.observe({ kind: 'keyUse', ...origin, ...use })
}
