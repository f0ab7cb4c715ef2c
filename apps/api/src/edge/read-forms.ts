import { AppError } from '@repo/errors'
import type { FastifyInstance } from 'fastify'

/** Takes forms and nothing else, each field of them once. */
export function readForms(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  const type = 'application/x-www-form-urlencoded'
  server.addContentTypeParser<string>(type, { parseAs: 'string' }, (_request, text, done) => {
    const fields = [...new URLSearchParams(text)]
    const isTwice = new Set(fields.map(([name]) => name)).size < fields.length
    if (isTwice) done(new AppError('bad_request'))
    else done(null, Object.fromEntries(fields))
  })
}
