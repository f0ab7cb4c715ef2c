import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError } from '@repo/errors'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

const header = 'x-origin-secret'

/**
 * Answers our CDN alone (G42), by the secret that it adds to each request (ORIGIN_SECRETS): its networks are
 * everybody's who is its customer. An orchestrator's probe comes by itself.
 */
export function originLock(
  server: FastifyInstance,
  { config }: { readonly config: Pick<Services['config'], 'originSecrets'> },
): void {
  if (config.originSecrets.length === 0) return
  const known = config.originSecrets.map((secret) => hash(secret.reveal()))
  server.addHook('onRequest', async (request) => {
    const { [header]: given } = request.headers
    // Whatever comes later cannot tell it.
    delete request.headers[header]
    if (request.routeOptions.config?.probe) return
    if (typeof given !== 'string' || !isOneOf(known, hash(given))) {
      throw new AppError('not_through_cdn')
    }
  })
}

// Hashed, so that all are of one length; all are compared, so that time tells nothing.
const hash = (text: string) => createHash('sha256').update(text).digest()

const isOneOf = (known: readonly Buffer[], given: Buffer) =>
  known.map((secret) => timingSafeEqual(secret, given)).includes(true)
