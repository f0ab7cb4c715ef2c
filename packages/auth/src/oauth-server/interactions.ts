import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '@repo/errors'
import { decodeJwt } from 'jose'
import { errors, type default as Provider } from 'oidc-provider'
import type { SignedIn } from '../identity.ts'
import { loginOf, proofOf } from './adopt-session.ts'
import type { GrantMaker } from './grants.ts'
import { oauthLifetimes } from './oauth-lifetimes.ts'
import { oauthRoutes } from './provider-configuration.ts'

/** Where an authorization waits for a person. */
export interface Interaction {
  readonly id: string
  readonly step: 'login' | 'consent'
  readonly clientId: string
  readonly clientName: string
  /** Where the browser goes in the end, for `form-action` (CSP 3, section 6.6): an origin, or a scheme. */
  readonly destination: string
  readonly identityScopes: readonly string[]
  readonly permissions: readonly string[]
  /** The address that the client believes its user to have. */
  readonly loginHint: string | null
  standingOf(person: SignedIn): Standing
}

/**
 * How a person who is signed in stands to an authorization: they may go on, they have to prove anew who they
 * are, or it was begun as somebody else.
 */
export type Standing = 'ready' | 'unproven' | 'another'

/** Every answer says where the browser goes on. */
export interface Interactions {
  /** Null for a request without an interaction's cookie, or for one that is over. */
  find(exchange: Exchange): Promise<Interaction | null>
  signIn(exchange: Exchange, person: SignedIn): Promise<string>
  /** Begins anew as whoever is signed in now: the authorization was somebody else's. */
  restart(exchange: Exchange): Promise<string>
  allow(exchange: Exchange, choice: Choice): Promise<string>
  deny(exchange: Exchange): Promise<string>
}

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

export interface Choice {
  readonly person: SignedIn
  readonly organizationId: string | null
}

type Details = Awaited<ReturnType<Provider['interactionDetails']>>

export function createInteractions(options: {
  readonly provider: () => Provider
  readonly grants: GrantMaker
  readonly audience: string
}): Interactions {
  const { provider, grants, audience } = options
  const read = ({ request, response }: Exchange) => provider().interactionDetails(request, response)
  const finish = ({ request, response }: Exchange, result: Record<string, unknown>) =>
    provider().interactionResult(request, response, result)

  /** Null once its client is gone. */
  async function describe(details: Details): Promise<Interaction | null> {
    const [client, oldProof] = await Promise.all([
      provider().Client.find(textOf(details.params['client_id'])),
      findProof(details),
    ])
    if (!client) return null
    const { missingOIDCScope = [], missingResourceScopes = {} } = details.prompt.details
    const { login_hint: loginHint } = details.params
    return {
      id: details.uid,
      step: details.prompt.name === 'consent' ? 'consent' : 'login',
      clientId: client.clientId,
      clientName: client.clientName ?? 'A program',
      destination: destinationOf(textOf(details.params['redirect_uri'])),
      identityScopes: toTexts(missingOIDCScope),
      permissions: toTexts(Reflect.get(Object(missingResourceScopes), audience)),
      loginHint: typeof loginHint === 'string' ? loginHint : null,
      standingOf: (person) => standingOf(details, person, oldProof),
    }
  }

  /** By what the person was known when the authorization began. */
  async function findProof({ session }: Details): Promise<unknown> {
    if (!session) return null
    const { Session } = provider()
    // Parse boundary: the provider's types leave this method out.
    const { findByUid } = Session as unknown as SessionFinder
    return (await findByUid.call(Session, session.uid))?.provenBy
  }

  return {
    async find(exchange) {
      const details = await read(exchange).catch(refuseOnlyLost)
      return details && describe(details)
    },
    signIn: (exchange, person) => {
      const { accountId, loginTs: ts, amr } = loginOf(person)
      return finish(exchange, { login: { accountId, ts, amr, remember: false } })
    },
    async restart(exchange) {
      const { params } = await read(exchange)
      const query = new URLSearchParams()
      for (const [name, value] of Object.entries({ ...params, prompt: withoutLogin(params) })) {
        if (once.has(name)) continue
        for (const one of [value].flat()) if (one !== undefined) query.append(name, String(one))
      }
      return `${oauthRoutes.authorization}?${query}`
    },
    async allow(exchange, { person, organizationId }) {
      const interaction = await describe(await read(exchange))
      if (!interaction) throw new AppError('not_found')
      const { clientId, identityScopes, permissions } = interaction
      const asked = { person, clientId, organizationId, identityScopes, permissions }
      return finish(exchange, { consent: { grantId: await grants.make(asked) } })
    },
    deny: (exchange) =>
      finish(exchange, { error: 'access_denied', error_description: 'The user said no.' }),
  }
}

// What is met by signing in again, or was used up.
const once: ReadonlySet<string> = new Set(['max_age', 'request_uri'])

const promptsOf = ({ prompt }: Details['params']) => textOf(prompt).split(' ').filter(Boolean)

const withoutLogin = (params: Details['params']) =>
  promptsOf(params)
    .filter((prompt) => prompt !== 'login')
    .join(' ') || undefined

/** An interaction that is over or another browser's is nobody's; whatever else breaks is ours. */
function refuseOnlyLost(error: unknown): null {
  if (error instanceof errors.SessionNotFound) return null
  throw error
}

interface SessionFinder {
  findByUid(uid: string): Promise<{ readonly provenBy?: string } | undefined>
}

function standingOf(details: Details, person: SignedIn, oldProof: unknown): Standing {
  const { params, prompt, session } = details
  // The provider looks at the hint once, when the authorization begins (OpenID Connect Core, section 3.1.2.1).
  const hinted = subjectOf(params['id_token_hint'])
  if (hinted !== undefined && hinted !== person.userId) return 'unproven'
  // Whatever a client asks of who is signed in already is met by signing in again.
  const mustBeNew = prompt.name === 'login' && !prompt.reasons.includes('no_session')
  if (mustBeNew && proofOf(person) === oldProof) return 'unproven'
  if (isStale(details, person)) return 'unproven'
  const isAnother = session?.accountId !== undefined && session.accountId !== person.userId
  return isAnother ? 'another' : 'ready'
}

/** For what a client asks, whoever the browser seemed to be when the authorization began (section 3.1.2.1). */
function isStale({ params, iat }: Details, { credential }: SignedIn): boolean {
  const maxAge = promptsOf(params).includes('login') ? 0 : params['max_age']
  if (maxAge === undefined) return false
  const oldest = iat - Number(maxAge) - oauthLifetimes.clockToleranceSeconds
  return credential.authenticatedAt.getTime() / 1_000 < oldest
}

/** Of an ID token that the provider has verified. */
const subjectOf = (hint: unknown) => (typeof hint === 'string' ? decodeJwt(hint).sub : undefined)

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

const toTexts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

/** Of a program on a machine or phone: its scheme, or any port of the loopback (RFC 8252, section 7). */
function destinationOf(redirectUri: string): string {
  const url = URL.parse(redirectUri)
  if (!url) return "'none'"
  // CSP has no form for an address of IPv6.
  if (url.hostname === '[::1]') return url.protocol
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.origin : url.protocol
}
