import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { listenOnLoopback } from './listen-on-loopback.ts'

/** A server that speaks what GitHub documents for OAuth apps, on a host of its own (GitHub Enterprise Server). */
export interface TestGitHub {
  readonly site: string
  /** Who is signed in there; null for somebody who says no. */
  person: GitHubPerson | null
  /** The status of its API's answers. */
  apiStatus: number
  close(): Promise<void>
}

export interface GitHubPerson {
  readonly user: Readonly<Record<string, unknown>>
  readonly emails: readonly Readonly<Record<string, unknown>>[]
}

interface Asked {
  readonly redirectUri: string
  readonly challenge: string
  readonly person: GitHubPerson
}

interface Answer {
  readonly status: number
  readonly location?: string
  readonly body?: unknown
}

export async function startGitHub(client: {
  readonly clientId: string
  readonly clientSecret: string
}): Promise<TestGitHub> {
  const codes = new Map<string, Asked>()
  const tokens = new Map<string, GitHubPerson>()

  function authorize(query: URLSearchParams): Answer {
    const back = new URL(query.get('redirect_uri') ?? '')
    back.searchParams.set('state', query.get('state') ?? '')
    const { person } = test
    if (person) {
      const code = randomUUID()
      const challenge = query.get('code_challenge') ?? ''
      codes.set(code, { redirectUri: query.get('redirect_uri') ?? '', challenge, person })
      back.searchParams.set('code', code)
    } else back.searchParams.set('error', 'access_denied')
    return { status: 302, location: back.href }
  }

  function exchange(form: URLSearchParams): Answer {
    const code = form.get('code') ?? ''
    const asked = codes.get(code)
    codes.delete(code)
    const verifier = form.get('code_verifier') ?? ''
    const isOurs =
      form.get('client_id') === client.clientId && form.get('client_secret') === client.clientSecret
    if (!isOurs) return { status: 200, body: { error: 'incorrect_client_credentials' } }
    const isGood =
      asked?.redirectUri === form.get('redirect_uri') &&
      asked.challenge === createHash('sha256').update(verifier).digest('base64url')
    // GitHub says so under 200.
    if (!isGood) return { status: 200, body: { error: 'bad_verification_code' } }
    const token = `gho_${randomUUID()}`
    tokens.set(token, asked.person)
    const rest = { token_type: 'bearer', scope: 'read:user,user:email' }
    return { status: 200, body: { access_token: token, ...rest } }
  }

  function readApi(path: string, authorization = ''): Answer {
    const person = tokens.get(authorization.replace(/^bearer /i, ''))
    if (!person) return { status: 401, body: { message: 'Bad credentials' } }
    return { status: test.apiStatus, body: path === '/user' ? person.user : person.emails }
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://github.test')
    if (pathname === '/login/oauth/authorize') return authorize(searchParams)
    if (pathname === '/login/oauth/access_token') {
      return exchange(new URLSearchParams(await readBody(request)))
    }
    const [, path] = /^\/api\/v3(\/user(?:\/emails)?)$/.exec(pathname) ?? []
    return path ? readApi(path, request.headers.authorization) : { status: 404, body: {} }
  }

  const server = createServer(async (request, response) => {
    const { status, location, body } = await answer(request)
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      ...(location && { location }),
    })
    response.end(JSON.stringify(body ?? {}))
  })
  const { origin, close } = await listenOnLoopback(server)
  const test: TestGitHub = { site: origin, person: null, apiStatus: 200, close }
  return test
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
