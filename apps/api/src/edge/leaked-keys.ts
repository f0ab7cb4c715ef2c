import { findApiKeys } from '@repo/auth'
import { AppError } from '@repo/errors'
import { logSecurityEvent } from '@repo/logging'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Services } from '../services.ts'
import { isHttps } from './is-https.ts'

/**
 * Refuses API keys where others can read them, on unknown paths too (faults 36): in the URL (400),
 * which logs and histories keep, and over plain HTTP where the API is served over HTTPS (403). A key
 * that has leaked for certain is revoked before the answer.
 */
export function leakedKeys(server: FastifyInstance, services: Services): void {
  const demandsHttps = services.config.baseUrl.startsWith('https:')
  server.addHook('onRequest', async (request) => {
    // The URL as it was sent: an unreadable one has been rewritten by now.
    const inUrl = findApiKeys(request.originalUrl)
    if (inUrl.length > 0) {
      await revoke(inUrl, 'credential_in_url', { request, services })
      throw new AppError('credential_in_url')
    }
    if (!demandsHttps || isHttps(request)) return
    const sent = findApiKeys(request.headers.authorization ?? '')
    if (sent.length === 0) return
    if (!isForwarded(request)) await revoke(sent, 'insecure_transport', { request, services })
    throw new AppError('insecure_transport')
  })
}

/** A proxy that does not say how the caller came to it may have been reached over HTTPS. */
const isForwarded = ({ headers }: FastifyRequest) =>
  Object.keys(headers).some(
    (name) => name.startsWith('x-forwarded-') || forwardingHeaders.has(name),
  )

const forwardingHeaders: ReadonlySet<string> = new Set(['forwarded', 'via', 'x-real-ip'])

interface Seen {
  readonly request: FastifyRequest
  readonly services: Services
}

/** Never throws: the refusal stands whether or not Postgres could end the keys. */
async function revoke(
  keys: readonly string[],
  code: 'credential_in_url' | 'insecure_transport',
  { request, services }: Seen,
): Promise<void> {
  const { accounts, apiKeys, audit, clock, logger } = services
  try {
    for (const { id, userId, organizationId, email } of await apiKeys.revokeLeaked(keys)) {
      await audit.keep({
        time: clock(),
        organizationId,
        actor: userId,
        action: 'apiKeys.leaked',
        target: id,
        outcome: 'denied',
        code,
        address: request.clientAddress,
        requestId: request.id,
      })
      logSecurityEvent(logger, 'authn_token_revoked', {
        ...{ requestId: request.id, traceId: request.traceId, address: request.clientAddress },
        ...{ userId, organizationId, action: 'apiKeys.leaked', target: id, reason: code },
      })
      void accounts.mails.notice(email, 'apiKeyLeaked')
    }
  } catch (error) {
    logger.error({ err: error, requestId: request.id }, 'a leaked API key could not be revoked')
  }
}
