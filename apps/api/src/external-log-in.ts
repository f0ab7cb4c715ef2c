import type { ExternalMatch, SignedIn } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from './services.ts'

/** Log-in of a browser with another provider: there, and back again. */
export interface ExternalLogIn {
  /** Where the browser goes; an encrypted cookie says what it is to come back with. */
  start(asked: Asked): Promise<string>
  /** Logs in whom the provider names, whole or (null) half. Throws as the package says. */
  finish(callback: Callback): Promise<SignedIn | null>
  /** Links whom the provider names to the caller, who must be the one that asked for it. */
  link(callback: Callback, caller: SignedIn): Promise<void>
}

interface Asked {
  readonly provider: string
  readonly returnTo: string
  /** The user to link to; null to log in. */
  readonly linkTo: string | null
}

export interface Callback {
  readonly provider: string
  /** The query of the URL, as it came. */
  readonly query: string
}

interface LogInSetting {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly services: Pick<Services, 'oauthLogin'>
  readonly begin: (match: ExternalMatch) => Promise<SignedIn | null>
}

export function openExternalLogIn({
  request,
  reply,
  services: { oauthLogin },
  begin,
}: LogInSetting): ExternalLogIn {
  const { attempts, identities } = oauthLogin

  /** Of the attempt that this browser has begun at this provider, once: who came back. */
  async function prove({ provider, query }: Callback, linkTo: string | null) {
    const attempt = attempts.read(request.cookies[attempts.cookieName])
    reply.header('set-cookie', attempts.endingCookie)
    if (attempt?.provider !== provider || attempt.linkTo !== linkTo)
      throw new AppError('bad_request')
    return oauthLogin.finish(attempt, query)
  }

  return {
    async start(asked) {
      const { url, cookie } = await oauthLogin.start(asked)
      reply.header('set-cookie', cookie)
      return url
    },
    async finish(callback) {
      const person = await prove(callback, null)
      return begin(await identities.logIn(person, callback.provider))
    },
    async link(callback, caller) {
      const person = await prove(callback, caller.userId)
      await identities.link(caller, person, callback.provider)
    },
  }
}
