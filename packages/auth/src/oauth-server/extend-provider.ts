import { timingSafeEqual } from 'node:crypto'
import type { Encryption } from '@repo/encryption'
import { AppError } from '@repo/errors'
import Provider, { errors } from 'oidc-provider'
import type { AskIdentity } from '../identity-functions.ts'
import { generateToken, hashToken } from '../tokens.ts'
import { adoptSession, type FindPerson } from './adopt-session.ts'
import { isWellFormedClientSecret } from './oauth-clients.ts'
import { oauthLifetimes } from './oauth-lifetimes.ts'
import { oauthRoutes } from './provider-configuration.ts'

interface ExtensionOptions {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly encryption: Encryption
  readonly personOf: FindPerson
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
  adoptSession(provider, options.personOf)
  answerByQueryAlone(provider, options)
  askToComeBack(provider)
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

/** What the successor of a refresh token is bound to where it stands encrypted: the hash of the used one. */
export const successorContext = (hash: string) => `oauth:successor:${hash}`

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
    const context = successorContext(hash)
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
    // A proof may be made for later, by as much as it may be old.
    const until = new Date((exp + oauthLifetimes.proofSeconds) * 1_000)
    const values = [hashToken(`${issuer} ${jti}`), clock(), until]
    return (await ask('claim_proof', ...values)).length > 0
  }
}

/** The provider would answer by a page with a script in it too, and tells refusals that way whatever is allowed. */
function answerByQueryAlone(provider: Provider, { renderError }: ExtensionOptions): void {
  provider.use(async (context, next) => {
    const { response_mode: mode = 'query' } = context.query
    if (context.path.startsWith(oauthRoutes.authorization) && mode !== 'query') {
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

/** A database that is away for a moment is no fault of the request: a client may send it again (RFC 9110, section 15.6.4). */
function askToComeBack(provider: Provider): void {
  provider.on('server_error', (context, error) => {
    const isTold = context.status === 500 && error instanceof AppError
    if (!isTold || error.code !== 'unavailable') return
    context.status = 503
    context.set('retry-after', String(error.retryAfterSeconds ?? 1))
    if (!context.response.is('html')) context.body = { error: 'temporarily_unavailable' }
  })
}

const isMetadata = (body: unknown): body is { response_modes_supported: readonly string[] } =>
  typeof body === 'object' && body !== null && 'response_modes_supported' in body
