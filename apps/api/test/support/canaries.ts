import { randomBytes } from 'node:crypto'
import { exchangeRequest } from './exchange.ts'

/** A request that holds a secret, which nothing may keep or tell. */
export interface CanaryRequest {
  /** Where the secret stands. */
  readonly place: string
  readonly line: string
  readonly headers: readonly string[]
  readonly body?: string
  /** The answer names it: a field that is unknown by its name, an origin to the browser (CORS). */
  readonly isNamed?: boolean
  /** The secret as it is written there, where that is another way. */
  readonly encoded?: string
}

/** Nothing that is there by chance, and fit for a part of most forms. */
export const createCanary = () => `canary${randomBytes(10).toString('hex')}`

// What no client may set here: the harness gives them to each request.
const json = 'Content-Type: application/json'
const form = 'Content-Type: application/x-www-form-urlencoded'

const headerNames = [
  ...['Accept', 'Accept-Language', 'Authorization', 'Cache-Control', 'Cookie', 'DPoP', 'Expect'],
  ...['Forwarded', 'From', 'Host', 'Idempotency-Key', 'If-Match', 'If-None-Match', 'Origin'],
  ...['Proxy-Authorization', 'Range', 'Referer', 'Sec-Fetch-Site', 'TE', 'traceparent'],
  ...['tracestate', 'trpc-accept', 'Upgrade', 'User-Agent', 'Via', 'X-Api-Key', 'X-Forwarded-Host'],
  ...['X-Forwarded-Port', 'X-Http-Method-Override', 'X-Organization-Id', 'X-Origin-Secret'],
  ...['X-Real-IP', 'X-Request-Id', 'X-Trpc-Source'],
]

const inHeaders = (): readonly CanaryRequest[] => [
  ...headerNames.flatMap((name) =>
    ['GET /api/auth/session', 'POST /oauth/token'].map((line) => ({
      place: `${name} of ${line}`,
      line,
      headers: [`${name}: ${createCanary()}`],
      isNamed: name === 'Origin',
    })),
  ),
  ...['Bearer', 'Basic', 'DPoP', 'Digest', 'bearer  '].map((scheme) => ({
    place: `Authorization: ${scheme}`,
    line: 'GET /api/orders/1',
    headers: [`Authorization: ${scheme} ${createCanary()}`],
  })),
  ...['session=', '__Host-session=', 'other=', 'session=x; '].map((name) => ({
    place: `the cookie ${name}`,
    line: 'GET /api/auth/session',
    headers: [`Cookie: ${name}${createCanary()}`],
  })),
  {
    place: 'an API key',
    line: 'GET /api/orders/1',
    headers: [`Authorization: Bearer rk_live_${createCanary()}`],
  },
  {
    place: 'the name of a header',
    line: 'GET /api/auth/session',
    headers: [`X-${createCanary()}: 1`],
  },
  {
    place: 'a header that is none',
    line: 'GET /api/auth/session',
    headers: [`X ${createCanary()}: 1`],
  },
  {
    place: 'a type',
    line: 'POST /api/auth/login',
    headers: [`${json}; charset=${createCanary()}`],
  },
  {
    place: 'another type',
    line: 'POST /api/auth/login',
    headers: [`Content-Type: x/${createCanary()}`],
    body: 'x',
  },
  { place: 'a method', line: `${createCanary().toUpperCase()} /api/auth/login`, headers: [] },
]

const inUrls = (): readonly CanaryRequest[] =>
  [
    '/#',
    '/api/orders/#',
    '/api/users/#/orders',
    '/api/orders/1?x=#',
    '/api/orders/1?#=1',
    '/api/organizations?cursor=#',
    '/api/admin/audit-events?action=#&person=#',
    '/api/orders/%ff#',
    '/api/auth/external/#?code=#&state=#',
    '/trpc/#',
    '/trpc/orders.get,#?batch=1&input={}',
    '/trpc/orders.get?input=#',
    '/trpc/orders.get?batch=1&input=%7B%220%22%3A%7B%22#%22%3A1%7D%7D',
    '/oauth/authorize?client_id=#&scope=#&login_hint=#',
    '/oauth/authorize/#',
    '/oauth/userinfo?access_token=#',
    '/account/signed-in?returnTo=#',
    '/docs/assets/#',
    '/api/orders/rk_live_#',
    'http://#@evil.test/api/orders/1',
    '*#',
  ].map((path) => ({
    place: path,
    line: `GET ${path.replaceAll('#', createCanary())}`,
    headers: [],
  }))

const inJson = (): readonly CanaryRequest[] => {
  const post = (path: string, body: string, place = `${path} ${body.slice(0, 60)}`) => ({
    place,
    line: `POST ${path}`,
    headers: [json],
    body: body.replaceAll('#', createCanary()),
  })
  return [
    post('/api/auth/login', '{"email":"#@sample.test","password":"#"}'),
    post('/api/auth/login', '{"email":"#","password":"#"}'),
    post('/api/auth/login', '{"email":["#"],"password":{"#":"#"}}'),
    post('/api/auth/register', '{"email":"#@sample.test","password":"#","name":"#\\n"}'),
    post('/api/auth/password/forgot', '{"email":"#@sample.test"}'),
    post('/api/auth/password/reset', '{"token":"#","password":"#"}'),
    post('/api/auth/email/verify', '{"token":"#aaaaaaaaaaaaaaaaaaaaaaa","password":"#"}'),
    post('/api/auth/email/confirm', '{"token":"#aaaaaaaaaaaaaaaaaaaaaaa"}'),
    post('/api/auth/mfa/totp/verify', '{"code":"#"}'),
    post('/api/auth/passkeys/login', '{"response":{"id":"#","rawId":"#"}}'),
    post('/api/invitations/accept', '{"token":"#"}'),
    post('/api/auth/login', '{"email":"#'),
    post('/api/auth/login', '#'),
    post('/api/auth/login', '{"password":"#","password":"#"}'),
    post('/trpc/auth.login', '{"email":"#@sample.test","password":"#"}'),
    post('/trpc/auth.login?batch=1', '{"0":{"email":"#@sample.test","password":"#"}}'),
    post('/trpc/auth.login', '["#"]'),
    { ...post('/api/auth/login', '{"#":1}'), isNamed: true },
    { ...post('/api/auth/login', '{"__proto__":{"#":1},"#":"x"}'), isNamed: true },
    { ...post('/trpc/auth.login', '{"email":{"#":1},"#":2}'), isNamed: true },
  ]
}

const inForms = (): readonly CanaryRequest[] => {
  const post = (path: string, body: string, headers: readonly string[] = []) => ({
    place: `${path} ${body.slice(0, 60)}`,
    line: `POST ${path}`,
    headers: [form, ...headers],
    body: body.replaceAll('#', createCanary()),
  })
  const basic = Buffer.from(`client:${createCanary()}`).toString('base64')
  const id = crypto.randomUUID()
  return [
    post('/oauth/token', 'grant_type=client_credentials&client_id=#&client_secret=#'),
    post('/oauth/token', `grant_type=client_credentials&client_id=${id}&client_secret=#&#=#`),
    post('/oauth/token', `grant_type=authorization_code&client_id=${id}&code=#&code_verifier=#`),
    post('/oauth/token', `grant_type=refresh_token&client_id=${id}&refresh_token=#`),
    post('/oauth/token', 'grant_type=#&username=#&password=#'),
    {
      ...post('/oauth/token', 'grant_type=client_credentials', [`Authorization: Basic ${basic}`]),
      encoded: basic,
    },
    post('/oauth/introspect', `client_id=${id}&client_secret=#&token=#`),
    post('/oauth/revoke', `client_id=${id}&token=#&token_type_hint=#`),
    post('/oauth/interaction/x/password', 'email=#@sample.test&password=#'),
    post('/account/code', 'code=#&returnTo=#'),
    post('/api/auth/login', 'email=#&password=#'),
  ]
}

/** A request for every place in which a client can send a secret, rightly or not. */
export const createCanaryRequests = (): readonly CanaryRequest[] => [
  ...inHeaders(),
  ...inUrls(),
  ...inJson(),
  ...inForms(),
]

const canaryForm = /canary[\da-f]{20}/gi

/** The secrets in a text. */
export const canariesIn = (text: string): readonly string[] => [
  ...new Set(text.match(canaryForm) ?? []),
]

/** The secrets of a request, however they are written there. */
export const canariesOf = ({
  line,
  headers,
  body = '',
  encoded,
}: CanaryRequest): readonly string[] =>
  encoded === undefined ? canariesIn([line, ...headers, body].join('\n')) : decoded(encoded)

const decoded = (encoded: string) => [
  encoded,
  ...canariesIn(Buffer.from(encoded, 'base64').toString()),
]

/** Sends one as a trusted proxy hands it on, from a client of its own. */
export function sendCanary(
  url: string,
  { line, headers, body = '' }: CanaryRequest,
  address: string,
) {
  const forwarded = [`X-Forwarded-For: ${address}`, 'X-Forwarded-Proto: https']
  return exchangeRequest(url, line, [...headers, ...forwarded], body)
}
