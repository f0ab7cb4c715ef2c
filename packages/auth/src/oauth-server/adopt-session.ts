import type { IncomingMessage } from 'node:http'
import type { KoaContextWithOIDC, default as Provider } from 'oidc-provider'
import type { SignedIn } from '../identity.ts'

/** Who is signed in, in the browser that sent a request. */
export type FindPerson = (request: IncomingMessage) => SignedIn | null

interface SessionModel {
  get(context: KoaContextWithOIDC): Promise<ProviderSession>
  instantiate(): ProviderSession
}

interface ProviderSession {
  readonly accountId?: string
  touched?: boolean
  provenBy?: string
  loginAccount(details: Login): void
}

/**
 * Who is signed in is what our own session says: each authorization begins without memory of an earlier one,
 * so that a log-out ends all there is.
 */
export function adoptSession(provider: Provider, personOf: FindPerson): void {
  // The provider's own methods, which its types leave out.
  const Session = provider.Session as unknown as SessionModel
  const get = Session.get.bind(Session)
  Session.get = async (context) => {
    const person = personOf(context.req)
    if (context.oidc?.route !== 'authorization') {
      const session = await get(context)
      if (!person) return session
      // Another tab has signed somebody else in since.
      const isOthers = session.accountId !== undefined && session.accountId !== person.userId
      if (isOthers) session.loginAccount(loginOf(person))
      session.provenBy = proofOf(person)
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
