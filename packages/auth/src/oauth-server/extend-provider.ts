import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Encryption } from '@repo/encryption'
import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { SignedIn } from '../identity.ts'
import type { AskIdentity } from '../identity-functions.ts'
import { generateToken, hashToken } from '../tokens.ts'
import { isWellFormedClientSecret } from './oauth-clients.ts'
import { oauthRoutes } from './provider-configuration.ts'

interface ExtensionOptions {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly encryption: Encryption
  /** Who is signed in, in the browser that sent a request. */
  readonly personOf: (request: IncomingMessage) => SignedIn | null
  readonly renderError: (error: { readonly error: string; readonly description: string }) => string
}

/**
 * What the provider does otherwise than by itself, in one place (docs/seams.md): secrets are compared by
 * their hashes, a refresh token has one successor, a proof is good once, and who is signed in is ours to say.
 */
export function extendProvider(provider: Provider, options: ExtensionOptions): void {
  compareSecretsByHash(provider)
  keepOurColumns(provider)
  giveOneSuccessor(provider, options)
  claimProofsOnce(provider, options)
  beginFromOurSession(provider, options)
  answerByQueryAlone(provider, options)
}

/** Secrets stand as hashes in the database; a text that cannot be one costs no comparison. */
function compareSecretsByHash({ Client }: Provider): void {
  Client.prototype.compareClientSecret = function (actual) {
    if (!isWellFormedClientSecret(actual)) return false
    const hash = Buffer.from(hashToken(actual))
    const known = this['secret_hashes']
    return Array.isArray(known) && known.some((other) => timingSafeEqual(hash, Buffer.from(other)))
  }
}

/**
 * The organization that a grant is for, and whether it was given after a second factor; of a session, by
 * which proof of ours it began.
 */
function keepOurColumns({ Grant, Session }: Provider): void {
  addNames(Grant, 'organizationId', 'secondFactor')
  addNames(Session, 'provenBy')
}

function addNames(model: { readonly IN_PAYLOAD: string[] }, ...more: readonly string[]): void {
  const names = [...model.IN_PAYLOAD, ...more]
  Object.defineProperty(model, 'IN_PAYLOAD', { get: () => names })
}

/**
 * Two requests that use one refresh token at once get the same successor: the first writes it down beside
 * the used one, the other finds it there.
 */
function giveOneSuccessor({ RefreshToken }: Provider, { ask, encryption }: ExtensionOptions): void {
  const { save } = RefreshToken.prototype
  Object.assign(RefreshToken.prototype, { generateTokenId: generateToken })
  RefreshToken.prototype.save = async function () {
    const used = Provider.ctx?.oidc.entities.RotatedRefreshToken
    if (used) this.jti = await succeed(used.jti)
    return save.call(this)
  }

  async function succeed(used: string): Promise<string> {
    const hash = hashToken(used)
    const context = `oauth:successor:${hash}`
    const next = generateToken()
    const values = [encryption.encrypt(next, context), hashToken(next)]
    const question = ask<{ readonly successor: string }>
    const [row] = await question('succeed_oauth_record', 'RefreshToken', hash, ...values)
    if (!row) throw new errors.InvalidGrant('refresh token not found')
    return encryption.decrypt(row.successor, context)
  }
}

/** One statement, where the provider would look first and write then. */
function claimProofsOnce({ ReplayDetection }: Provider, { ask, clock }: ExtensionOptions): void {
  ReplayDetection.unique = async (issuer, jti, exp) => {
    const values = [hashToken(`${issuer} ${jti}`), clock(), new Date(exp * 1_000)]
    return (await ask('claim_proof', ...values)).length > 0
  }
}

/** The provider would answer by a page with a script in it too, and tells refusals that way whatever is allowed. */
function answerByQueryAlone(provider: Provider, { renderError }: ExtensionOptions): void {
  provider.use(async (context, next) => {
    const { response_mode: mode = 'query' } = context.query
    if (context.path === oauthRoutes.authorization && mode !== 'query') {
      const description = 'The response mode must be query.'
      context.status = 400
      context.type = 'html'
      context.body = renderError({ error: 'invalid_request', description })
      return
    }
    await next()
    const { body } = context
    if (isMetadata(body)) body.response_modes_supported = ['query']
  })
}

const isMetadata = (body: unknown): body is { response_modes_supported: readonly string[] } =>
  typeof body === 'object' && body !== null && 'response_modes_supported' in body

interface SessionModel {
  get(context: KoaContextWithOIDC): Promise<ProviderSession>
  instantiate(): ProviderSession
}

interface ProviderSession {
  touched?: boolean
  provenBy?: string
  loginAccount(details: Login): void
}

/**
 * Who is signed in is what our own session says: each authorization begins without memory of an earlier one,
 * so that a log-out ends all there is.
 */
function beginFromOurSession(provider: Provider, { personOf }: ExtensionOptions): void {
  // The provider's own methods, which its types leave out.
  const Session = provider.Session as unknown as SessionModel
  const get = Session.get.bind(Session)
  Session.get = async (context) => {
    const person = personOf(context.req)
    if (context.oidc?.route !== 'authorization') {
      const session = await get(context)
      if (person) session.provenBy = proofOf(person)
      return session
    }
    const session = Session.instantiate()
    if (person) {
      session.loginAccount(loginOf(person))
      session.provenBy = proofOf(person)
      session.touched = true
    }
    // Parse boundary: the provider's context takes its own models.
    context.oidc.entity('Session', session as never)
    return session
  }
}

/** Another one for every time that a person proves who they are. */
export const proofOf = ({ credential: { sessionId, authenticatedAt } }: SignedIn): string =>
  `${sessionId} ${authenticatedAt.getTime()}`

export interface Login {
  readonly accountId: string
  /** When they authenticated, in seconds since 1970. */
  readonly loginTs: number
  /** How (RFC 8176). */
  readonly amr: string[]
}

export const loginOf = ({ userId, credential }: SignedIn): Login => ({
  accountId: userId,
  loginTs: Math.floor(credential.authenticatedAt.getTime() / 1_000),
  amr: credential.secondFactor ? ['mfa'] : ['pwd'],
})
