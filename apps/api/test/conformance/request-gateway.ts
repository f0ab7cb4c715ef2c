import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type Listening, listenOnLoopback } from '../support/listen-on-loopback.ts'
import { anyAddress } from '../support/request.ts'
import type { Occasions } from './occasions.ts'

export interface Seen {
  /** The procedure that was called. */
  readonly path: string
  readonly request: string
  readonly status: number
}

export interface RequestGateway extends Listening {
  /** Every request that was passed on, and how it was answered. */
  readonly seen: readonly Seen[]
}

/**
 * Stands between a generator of requests and the API. Each request is made by somebody new, about things
 * that are made for it: what the example names is replaced, and nothing else of the request is changed.
 */
export async function startRequestGateway(
  apiUrl: string,
  occasions: Occasions,
): Promise<RequestGateway> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    try {
      seen.push(await passOn(apiUrl, occasions, { request, response }))
    } catch (error) {
      response.writeHead(599).end(String(error))
    }
  })
  return { ...(await listenOnLoopback(server)), seen }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

async function passOn(
  apiUrl: string,
  occasions: Occasions,
  { request, response }: Exchange,
): Promise<Seen> {
  const { method = 'GET', url = '/', headers } = request
  const withKey = headers.authorization !== undefined
  // So specmatic says what it expects.
  const isValid = String(headers['specmatic-response-code']).startsWith('2')
  const asked = { method, url, withKey, isValid }
  const occasion = await occasions.begin(asked)
  const body = occasion.replaceInBody(await buffer(request))
  const answer = await fetch(`${apiUrl}/api${occasion.url}`, {
    method,
    redirect: 'manual',
    headers: {
      ...contentHeaders(headers),
      ...occasion.headers,
      'x-forwarded-for': anyAddress(),
    },
    ...(body.length > 0 && { body }),
  })
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(Buffer.from(await answer.arrayBuffer()))
  return { path: occasion.path, request: `${method} ${url}`, status: answer.status }
}

const passedOn = ['accept', 'content-type', 'idempotency-key', 'if-match']

const contentHeaders = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(
    passedOn.flatMap((name) =>
      headers[name] === undefined ? [] : [[name, String(headers[name])]],
    ),
  )
