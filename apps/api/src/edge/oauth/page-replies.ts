import { AppError, errorCodes } from '@repo/errors'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { toAppError } from '../../procedures/translate-errors.ts'

export const sendPage = (reply: FastifyReply, page: string) =>
  reply.type('text/html; charset=utf-8').send(page)

/** Tells a failure on a page, under the status the API gives it. */
export function sendFailure(
  reply: FastifyReply,
  thrown: unknown,
  write: (error: AppError) => string,
): FastifyReply {
  const error = toAppError(thrown)
  if (error.retryAfterSeconds) reply.header('retry-after', error.retryAfterSeconds)
  return sendPage(reply.code(errorCodes[error.code].status), write(error))
}

export const wordsFor = (error: AppError) =>
  error.code === 'invalid_input' ? 'This does not have the expected form.' : error.message

/** Forms alone, each field once. */
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
