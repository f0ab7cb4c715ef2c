import type { Identity } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from './services.ts'

/** Log-in and log-out of a browser: what turns credentials into a cookie. */
export interface BrowserSession {
  /** Sets the session cookie; throws `invalid_credentials`, the same for an unknown e-mail and a wrong password. */
  logIn(credentials: { readonly email: string; readonly password: string }): Promise<Identity>
  logOut(): Promise<void>
}

export function openBrowserSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { passwordLogin, sessions }: Services,
): BrowserSession {
  async function end(): Promise<string | null> {
    const token = request.sessionToken
    request.sessionToken = null
    return token === null ? null : sessions.delete(token)
  }
  return {
    async logIn({ email, password }) {
      const userId = await passwordLogin.check(email, password)
      if (userId === null) throw new AppError('invalid_credentials')
      // The id changes at log-in: a cookie planted before it is worth nothing after it.
      await end()
      const userAgent = request.headers['user-agent'] ?? null
      const { token, cookie } = await sessions.create({
        userId,
        address: request.clientAddress,
        userAgent,
      })
      const identity = await sessions.find(token)
      if (!identity) throw new AppError('invalid_credentials')
      request.identity = identity
      request.sessionToken = token
      reply.header('set-cookie', cookie)
      return identity
    },
    async logOut() {
      const cookie = await end()
      if (cookie) reply.header('set-cookie', cookie)
    },
  }
}
