import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Encryption } from '@repo/encryption'
import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { SignedIn } from '../identity.ts'
import type { AskIdentity } from '../identity-functions.ts'
import { generateToken, hashToken } from '../tokens.ts'
import { isWellFormedClientSecret } from './oauth-clients.ts'

interface ExtensionOptions {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly encryption: Encryption
  /** Who is signed in, in the browser that sent a request. */
  readonly personOf: (request: IncomingMessage) => SignedIn | null
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

/** The organization that a grant is for, and whether it was given after a second factor. */
function keepOurColumns({ Grant }: Provider): void {
  const names = [...Grant.IN_PAYLOAD, 'organizationId', 'secondFactor']
  Object.defineProperty(Grant, 'IN_PAYLOAD', { get: () => names })
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

interface SessionModel {
  get(context: KoaContextWithOIDC): Promise<ProviderSession>
  instantiate(): ProviderSession
}

interface ProviderSession {
  touched?: boolean
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
    if (context.oidc?.route !== 'authorization') return get(context)
    const session = Session.instantiate()
    const person = personOf(context.req)
    if (person) {
      session.loginAccount(loginOf(person))
      session.touched = true
    }
    // Parse boundary: the provider's context takes its own models.
    context.oidc.entity('Session', session as never)
    return session
  }
}

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
