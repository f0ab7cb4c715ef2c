import { type AppError, errorCodes } from '@repo/errors'
import { TRPCError } from '@trpc/server'
import type { FastifyReply } from 'fastify'
import { isFault, toAppError } from '../procedures/translate-errors.ts'

export const sendPage = (reply: FastifyReply, page: string) =>
  reply.type('text/html; charset=utf-8').send(page)

/** Tells a failure on a page, under the status the API gives it. */
export function sendFailure(
  reply: FastifyReply,
  thrown: unknown,
  write: (error: AppError) => string,
): FastifyReply {
  const error = toAppError(thrown)
  // What failed in a procedure was logged there.
  if (isFault(error) && !(thrown instanceof TRPCError)) reply.request.tellFault(error)
  if (error.retryAfterSeconds) reply.header('retry-after', error.retryAfterSeconds)
  return sendPage(reply.code(errorCodes[error.code].status), write(error))
}

export const wordsFor = (error: AppError) =>
  error.code === 'invalid_input' ? 'This does not have the expected form.' : error.message
