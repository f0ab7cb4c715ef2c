import type { Identity } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type BrowserSession, openBrowserSession } from './browser-session.ts'
import type { Services } from './services.ts'

/** What a procedure starts from; the doors add the caller's scope and take the guards away. */
export interface Context {
  /** For the doors alone. */
  readonly guards: Guards
  /** Who is calling; null is a valid answer: nobody. */
  readonly identity: Identity | null
  readonly browserSession: BrowserSession
}

export interface Guards {
  readonly services: Services
  readonly requestId: string
  readonly address: string
  /** The tenant the caller asks to act in (`x-organization-id`); whether they may is the door's to say. */
  readonly askedOrganizationId: string | undefined
  readonly call: CallRecord
  /** Who the request belongs to by now: a log-in begins as nobody's. */
  signedIn(): Identity | null
  setHeader(name: string, value: string): void
}

/** What the request's log line says about the calls inside it. */
export interface CallRecord {
  readonly procedures: string[]
  organizationId: string | null
}

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | null
    sessionToken: string | null
    call: CallRecord | null
  }
}

/**
 * Who is calling, once per HTTP request. Throws for two credentials (400) and for a bearer token
 * that is not valid (401): it never falls back to the cookie. "Nobody" does not throw.
 */
export async function identify(request: FastifyRequest, services: Services): Promise<void> {
  const { cookieName } = services.sessions
  const token = request.cookies[cookieName]
  if (countCookies(request.headers.cookie, cookieName) > 1) throw new AppError('two_credentials')
  if (request.headers.authorization !== undefined) {
    throw new AppError(token === undefined ? 'invalid_token' : 'two_credentials')
  }
  if (token === undefined) return
  request.identity = await services.sessions.find(token)
  request.sessionToken = request.identity ? token : null
}

const countCookies = (header = '', name: string) =>
  header.split(';').filter((pair) => pair.trimStart().startsWith(`${name}=`)).length

export function createContext(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Context {
  const asked = request.headers['x-organization-id']
  request.call ??= { procedures: [], organizationId: null }
  return {
    identity: request.identity,
    browserSession: openBrowserSession(request, reply, services),
    guards: {
      services,
      requestId: request.id,
      address: request.clientAddress,
      askedOrganizationId: Array.isArray(asked) ? asked.join() : asked,
      call: request.call,
      signedIn: () => request.identity,
      setHeader: (name, value) => void reply.header(name, value),
    },
  }
}
