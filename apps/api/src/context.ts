import { type Identity, isApiKey, type PlatformChange, type SignedIn } from '@repo/auth'
import { AppError } from '@repo/errors'
import { addressKey } from '@repo/rate-limit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type OpenAccounts, openAccounts } from './accounts.ts'
import { requireUnblocked } from './blocked-address.ts'
import { type BrowserSession, openBrowserSession } from './browser-session.ts'
import type { Services } from './services.ts'

/** What a procedure starts from; the doors add the caller's scope and take the guards away. */
export interface Context {
  /** For the doors alone. */
  readonly guards: Guards
  /** Who is calling; null is a valid answer: nobody. */
  readonly identity: Identity | null
  /** Who has given a password, and owes a second factor: nobody to every door but theirs. */
  readonly halfSignedIn: SignedIn | null
  readonly browserSession: BrowserSession
  readonly accounts: OpenAccounts
}

export interface Guards {
  readonly services: Services
  readonly requestId: string
  readonly traceId: string
  readonly address: string
  /** Whom expensive work is for: their address, or the network of an IPv6 one. */
  readonly lane: string
  /** Throws for an address that may not log in (G31). */
  requireUnblocked(): void
  /** The tenant the caller asks to act in (`x-organization-id`); whether they may is the door's to say. */
  readonly askedOrganizationId: string | undefined
  /** What If-Match says the object still has to be; null where anything will do. */
  readonly unchangedSince: readonly Date[] | null
  readonly call: CallRecord
  /** The request came with a session that nobody has any more. */
  readonly bringsSession: boolean
  /** What a change was and became, for the audit log's record of this call. */
  recordChange(change: PlatformChange): void
  /** Who the request belongs to by now: a log-in begins as nobody's. */
  signedIn(): Identity | null
  setHeader(name: string, value: string): void
}

/** What the request's log line and the detection are told about the calls inside it. */
export interface CallRecord {
  readonly procedures: string[]
  /** The paths of calls that reached no procedure. */
  readonly missed: string[]
  hasSucceeded: boolean
  organizationId: string | null
}

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | null
    halfSignedIn: SignedIn | null
    sessionToken: string | null
    call: CallRecord | null
  }
}

/**
 * Who is calling, once per HTTP request. Throws for two credentials (400) and for a key or token
 * that is not valid (401): it never falls back to the cookie. "Nobody" does not throw.
 */
export async function identify(request: FastifyRequest, services: Services): Promise<void> {
  const now = services.clock()
  await findCaller(request, services).catch((error) => {
    requireUnblocked(request, now)
    throw error
  })
  if (!request.identity) requireUnblocked(request, now)
}

async function findCaller(request: FastifyRequest, services: Services): Promise<void> {
  const { cookieName } = services.sessions
  const token = request.cookies[cookieName]
  const { authorization } = request.headers
  if (countCookies(request.headers.cookie, cookieName) > 1) throw new AppError('two_credentials')
  if (authorization !== undefined) {
    if (token !== undefined) throw new AppError('two_credentials')
    request.identity = await findByAuthorization(authorization, { request, services })
    return
  }
  if (token === undefined) return
  const found = await services.sessions.find(token)
  if (!found) return
  request.sessionToken = token
  if (found.pending) request.halfSignedIn = found.identity
  else request.identity = found.identity
}

interface Asked {
  readonly request: FastifyRequest
  readonly services: Services
}

/** An API key or an access token (RFC 6750, RFC 9449). */
async function findByAuthorization(authorization: string, asked: Asked): Promise<Identity> {
  const [name = '', credential = '', ...more] = authorization.split(' ')
  const scheme = name.toLowerCase()
  const isKnown = (scheme === 'bearer' || scheme === 'dpop') && more.length === 0
  const identity = isKnown ? await findToken(scheme, credential, asked) : null
  if (!identity) throw new AppError('invalid_token')
  return identity
}

function findToken(
  scheme: 'bearer' | 'dpop',
  token: string,
  { request, services: { apiKeys, oauth } }: Asked,
): Promise<Identity | null> {
  if (scheme === 'bearer' && isApiKey(token)) return apiKeys.find(token)
  const [path = ''] = request.originalUrl.split('?')
  const { method } = request
  return oauth.accessTokens.find({ token, scheme, proof: readProof(request), method, path })
}

/** Two proofs are none (RFC 9449, section 4.3). */
function readProof({ raw }: FastifyRequest): string | undefined {
  const { dpop = [] } = raw.headersDistinct
  return dpop.length === 1 ? dpop[0] : undefined
}

const bringsOverSession = (request: FastifyRequest, { sessions }: Services) =>
  request.cookies[sessions.cookieName] !== undefined && !request.identity && !request.halfSignedIn

const countCookies = (header = '', name: string) =>
  header.split(';').filter((pair) => pair.split('=')[0]?.trim() === name).length

export function createContext(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Context {
  const asked = request.headers['x-organization-id']
  const lane = addressKey(request.clientAddress)
  request.call ??= { procedures: [], missed: [], hasSucceeded: false, organizationId: null }
  return {
    identity: request.identity,
    halfSignedIn: request.halfSignedIn,
    browserSession: openBrowserSession({ request, reply, lane }, services),
    accounts: openAccounts(services.accounts, lane),
    guards: {
      services,
      requestId: request.id,
      traceId: request.traceId,
      address: request.clientAddress,
      lane,
      requireUnblocked: () => requireUnblocked(request, services.clock()),
      askedOrganizationId: Array.isArray(asked) ? asked.join() : asked,
      unchangedSince: request.unchangedSince,
      call: request.call,
      bringsSession: bringsOverSession(request, services),
      // Each call has a record of its own (procedures/record-outcome.ts).
      recordChange: () => undefined,
      signedIn: () => request.identity ?? request.halfSignedIn,
      setHeader: (name, value) => void reply.header(name, value),
    },
  }
}
