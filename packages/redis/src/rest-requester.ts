import * as http from 'node:http'
import * as https from 'node:https'
import { errors, type Requester } from '@upstash/redis'

export type RestOptions = {
  readonly url: string
  readonly token: string
  readonly timeoutMs: number
}

type Exchange = { readonly path: string; readonly body: string; readonly deadline: number }
type Answer = { readonly status: number; readonly text: string }
type Pending = {
  readonly outgoing: http.ClientRequest
  readonly answer: Promise<Answer>
}

const maxSockets = 64

/** Speaks Upstash's REST protocol over kept-alive connections; each request ends within `timeoutMs`. */
export function createRestRequester({ url, token, timeoutMs }: RestOptions) {
  const base = new URL(url)
  const { Agent, request } = base.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets })
  const options: http.RequestOptions = {
    agent,
    method: 'POST',
    hostname: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  }
  const prefix = base.pathname.replace(/\/$/, '')

  function start({ path, body, deadline }: Exchange): Pending {
    const outgoing = request({ ...options, path: `${prefix}/${path}` })
    const fail = () => outgoing.destroy(new Error(`Redis did not answer within ${timeoutMs} ms.`))
    // After a stall of this process the answer may be here already, and unread: it is read first.
    const timer = setTimeout(() => setImmediate(fail), deadline - performance.now())
    const answer = readAnswer(outgoing).finally(() => clearTimeout(timer))
    outgoing.end(body)
    return { outgoing, answer }
  }

  async function send(exchange: Exchange): Promise<Answer> {
    const { outgoing, answer } = start(exchange)
    try {
      return await answer
    } catch (error) {
      // A kept-alive connection that the other side had already closed: nothing was answered on it.
      if (!outgoing.reusedSocket || !isConnectionReset(error)) throw error
      return start(exchange).answer
    }
  }

  const requester: Requester = {
    async request({ path = [], body, isStreaming }) {
      if (isStreaming) throw new Error('Streaming commands are not supported.')
      const exchange = {
        path: path.join('/'),
        body: JSON.stringify(body),
        deadline: performance.now() + timeoutMs,
      }
      return parseAnswer(await send(exchange))
    },
  }
  return { requester, close: () => agent.destroy() }
}

function readAnswer(outgoing: http.ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
  })
}

function parseAnswer({ status, text }: Answer) {
  const answer = parseJson(text)
  if (typeof answer !== 'object' || answer === null) {
    throw new Error(`Redis answered with status ${status} and no JSON object.`)
  }
  // A refusal of the whole request has one error where a pipeline expects a list.
  if (status !== 200 && 'error' in answer) throw new errors.UpstashError(String(answer.error))
  // The client knows which reply its command has; the protocol does not say.
  return answer as { result?: never }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isConnectionReset(error: unknown) {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
}
