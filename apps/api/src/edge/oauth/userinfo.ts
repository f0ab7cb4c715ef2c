import { oauthRoutes } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { identify } from '../../context.ts'
import type { Services } from '../../services.ts'

/**
 * Userinfo (OpenID Connect Core, section 5.3) for the API's own access tokens, which the provider's would
 * not take: what the scopes of the token say of its user.
 */
export function userinfo(server: FastifyInstance, services: Services): void {
  server.route({
    method: ['GET', 'POST'],
    url: oauthRoutes.userinfo,
    preHandler: (request) => identify(request, services),
    config: { readsNoCookie: true, identifies: true },
    handler: async (request) => claimsOf(request),
  })
}

function claimsOf({ identity }: FastifyRequest) {
  if (identity?.credential.kind !== 'accessToken') throw new AppError('invalid_token')
  const { userId: sub, name, email, emailVerified, credential } = identity
  const has = (scope: string) => credential.permissions.includes(scope)
  if (!has('openid')) throw new AppError('forbidden')
  return {
    sub,
    ...(has('profile') && { name }),
    ...(has('email') && { email, email_verified: emailVerified }),
  }
}
