import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { AppError } from '@repo/errors'
import { createLogger } from '@repo/logging'
import { TRPCError } from '@trpc/server'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import type { Services } from '../services.ts'
import { errorReplies } from './error-replies.ts'
import { sendFailure } from './page-replies.ts'

/** What a page says of something that was thrown, and the messages of the log. */
async function answerTo(thrown: unknown) {
  const destination = new PassThrough()
  const logger = createLogger({ level: 'error', destination })
  const server = fastify()
  errorReplies(server, { logger } as Services)
  server.get('/', (_request, reply) => sendFailure(reply, thrown, ({ code }) => `<p>${code}</p>`))
  const { statusCode, body } = await server.inject('/')
  await logger.close()
  destination.end()
  const lines = (await text(destination)).split('\n').filter(Boolean)
  return [statusCode, body, lines.map((line) => JSON.parse(line).msg)]
}

test('a fault of a page is in the log, and not on the page', async () => {
  expect(await answerTo(new TypeError('canary'))).toEqual([
    ...[500, '<p>internal</p>', ['request failed']],
  ])
})

test('what is refused, and what a procedure has logged itself, is no error of the log', async () => {
  expect(await answerTo(new AppError('forbidden'))).toEqual([403, '<p>forbidden</p>', []])
  const logged = new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: new Error('x') })
  expect(await answerTo(logged)).toEqual([500, '<p>internal</p>', []])
})
