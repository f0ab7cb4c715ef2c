import type { ClaimedKey } from '@repo/idempotency'
import type { FastifyReply } from 'fastify'
import type { Services } from '../services.ts'

/** On the way out: keeps the answer of a claimed key, or frees the key. Never changes what is sent. */
export async function settleKey(
  reply: FastifyReply,
  payload: unknown,
  services: Services,
): Promise<unknown> {
  const { request } = reply
  const { claimedKey } = request
  if (claimedKey === null) return payload
  request.claimedKey = null
  const answer = await readAnswer(reply, payload)
  try {
    await settle(claimedKey, answer, services)
  } catch (error) {
    // What was asked is done: the caller hears so, and the key frees itself by its age.
    services.logger.error({ err: error, requestId: request.id }, 'an answer was not kept')
  }
  return answer.payload
}

interface ReadAnswer {
  readonly status: number
  readonly setsCookie: boolean
  /** Null for what is no text. */
  readonly body: string | null
  readonly ranOutOfTime: boolean
  /** What is to be sent in the payload's place, since reading it may have used it up. */
  readonly payload: unknown
}

async function readAnswer(reply: FastifyReply, payload: unknown): Promise<ReadAnswer> {
  const setsCookie = reply.hasHeader('set-cookie')
  const ranOutOfTime = isHandlerTimeout(reply.request.signal.reason)
  // tRPC answers by a Response of the Fetch standard.
  if (payload instanceof Response) {
    const { status, headers } = payload
    const body = await payload.text()
    const unread = new Response(body === '' ? null : body, { status, headers })
    const anyCookie = setsCookie || headers.has('set-cookie')
    return { status, setsCookie: anyCookie, body, ranOutOfTime, payload: unread }
  }
  const body = typeof payload === 'string' ? payload : payload ? null : ''
  return { status: reply.statusCode, setsCookie, body, ranOutOfTime, payload }
}

const isHandlerTimeout = (reason: unknown) =>
  reason instanceof Error && 'code' in reason && reason.code === 'FST_ERR_HANDLER_TIMEOUT'

async function settle(
  claimed: ClaimedKey,
  { status, setsCookie, body, ranOutOfTime }: ReadAnswer,
  { idempotency }: Services,
): Promise<void> {
  // It may still be running: the key is not free before its claim has expired.
  if (ranOutOfTime) return
  // Nobody knows what a 500 has changed, so that it is not tried again; any other refusal changed nothing.
  const isFinal = (status >= 200 && status < 300) || status === 500
  // The second lock on secrets: an answer with a cookie is not kept, whatever its procedure declares.
  if (isFinal && body !== null && !setsCookie) await idempotency.complete(claimed, { status, body })
  else await idempotency.release(claimed)
}
