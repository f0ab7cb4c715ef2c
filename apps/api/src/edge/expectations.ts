import { AppError } from '@repo/errors'
import type { FastifyInstance } from 'fastify'

/**
 * Refuses an `Expect` that nobody here meets (RFC 9110, section 10.1.1). Node would answer it by itself, past every
 * hook; listeners.ts hands it on like any other request.
 */
export function expectations(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ headers }) => {
    const { expect } = headers
    if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
      throw new AppError('bad_request')
    }
  })
}
