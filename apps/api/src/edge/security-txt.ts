import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

// RFC 9116, section 2.5.5: less than a year ahead, so that nobody writes to an address that was left.
const goodForDays = 180

/** Where to report a vulnerability (RFC 9116). */
export function securityTxt(server: FastifyInstance, { config, clock }: Services): void {
  const canonical = new URL('/.well-known/security.txt', config.baseUrl).href
  server.get('/.well-known/security.txt', async (_request, reply) => {
    const expires = new Date(clock().getTime() + goodForDays * 24 * 60 * 60 * 1_000)
    const fields = {
      Contact: config.securityContact,
      Expires: expires.toISOString(),
      'Preferred-Languages': 'en',
      Canonical: canonical,
    }
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`)
    return reply.type('text/plain; charset=utf-8').send(lines.join(''))
  })
}
