import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'
import { listenOnLoopback } from './listen-on-loopback.ts'

/** A real OpenID provider on loopback, at which whoever comes is whom the test says. */
export interface TestIdentityProvider {
  readonly issuer: string
  /** Who is signed in there; null for somebody who says no. */
  person: TestPerson | null
  /** What becomes of the token endpoint's answer on its way. */
  change: (answer: TokenAnswer) => TokenAnswer | Promise<TokenAnswer>
  /** How often the token endpoint was asked. */
  readonly tokenRequests: () => number
  /** An ID token of its own key, with other claims. */
  sign(claims: JWTPayload): Promise<string>
  close(): Promise<void>
}

export interface TestPerson {
  readonly sub: string
  readonly [claim: string]: unknown
}

export interface TokenAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

interface ProviderSetting {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  /** Claims about the person are in userinfo alone, as the standard says; some put them into the ID token. */
  readonly claimsInIdToken?: boolean
}

const algorithm = 'RS256'
const claimNames = ['email', 'email_verified', 'hd', 'xms_edov']

export async function startIdentityProvider(
  setting: ProviderSetting,
): Promise<TestIdentityProvider> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: 'test', alg: algorithm, use: 'sig' }
  const server = createServer()
  const { origin: issuer, close } = await listenOnLoopback(server)
  const people = new Map<string, TestPerson>()
  let tokenRequests = 0
  const provider = new Provider(issuer, configure(setting, key, people))
  provider.use(async (context, next) => {
    await next()
    if (context.path !== '/token') return
    tokenRequests += 1
    const answer = { status: context.status, body: Object(context.body) }
    const { status, body } = await test.change(answer)
    context.status = status
    context.body = body
  })
  const answer = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/interaction/')) return void finish(request, response)
    return void answer(request, response)
  })

  async function finish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { person } = test
    if (person) people.set(person.sub, person)
    const result = person ? { login: { accountId: person.sub } } : { error: 'access_denied' }
    await provider.interactionFinished(request, response, result)
  }

  const test: TestIdentityProvider = {
    issuer,
    person: null,
    change: (answer) => answer,
    tokenRequests: () => tokenRequests,
    sign: (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid: 'test' }).sign(privateKey),
    close,
  }
  return test
}

function configure(
  { clientId, clientSecret, redirectUris, claimsInIdToken = false }: ProviderSetting,
  key: object,
  people: ReadonlyMap<string, TestPerson>,
): Configuration {
  return {
    jwks: { keys: [key] } as NonNullable<Configuration['jwks']>,
    clients: [
      { client_id: clientId, client_secret: clientSecret, redirect_uris: [...redirectUris] },
    ],
    claims: { openid: ['sub'], email: claimNames, profile: ['name'] },
    conformIdTokenClaims: !claimsInIdToken,
    pkce: { required: () => true },
    ttl: { AccessToken: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['of a test'] },
    async findAccount(_context, accountId) {
      return { accountId, claims: () => people.get(accountId) ?? { sub: accountId } }
    },
    async loadExistingGrant({ oidc }) {
      const { provider, client, account } = oidc
      const grant = new provider.Grant({
        clientId: client?.clientId ?? '',
        accountId: account?.accountId ?? '',
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  }
}
