import type { IncomingMessage, ServerResponse } from 'node:http'
import { errors, type default as Provider } from 'oidc-provider'
import type { SignedIn } from '../identity.ts'
import { loginOf } from './extend-provider.ts'
import type { GrantMaker } from './grants.ts'
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
  /** Whether a person may go on as who they are: signed in, and just now where the client asks for that. */
  isMet(person: SignedIn): boolean
}

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
  readonly provider: Provider
  readonly grants: GrantMaker
  readonly audience: string
}): Interactions {
  const { provider, grants, audience } = options
  const read = ({ request, response }: Exchange) => provider.interactionDetails(request, response)
  const finish = ({ request, response }: Exchange, result: Record<string, unknown>) =>
    provider.interactionResult(request, response, result)

  async function describe(details: Details): Promise<Interaction> {
    const client = await provider.Client.find(textOf(details.params['client_id']))
    const { missingOIDCScope = [], missingResourceScopes = {} } = details.prompt.details
    const { login_hint: loginHint } = details.params
    return {
      id: details.uid,
      step: details.prompt.name === 'consent' ? 'consent' : 'login',
      clientId: client?.clientId ?? '',
      clientName: client?.clientName ?? 'A program',
      destination: destinationOf(textOf(details.params['redirect_uri'])),
      identityScopes: toTexts(missingOIDCScope),
      permissions: toTexts(Reflect.get(Object(missingResourceScopes), audience)),
      loginHint: typeof loginHint === 'string' ? loginHint : null,
      isMet: (person) => isMet(details, person),
    }
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
      for (const [name, value] of Object.entries(params).filter(([name]) => !once.has(name))) {
        for (const one of [value].flat()) if (one !== undefined) query.append(name, String(one))
      }
      return `${oauthRoutes.authorization}?${query}`
    },
    async allow(exchange, { person, organizationId }) {
      const { clientId, identityScopes, permissions } = await describe(await read(exchange))
      const asked = { person, clientId, organizationId, identityScopes, permissions }
      return finish(exchange, { consent: { grantId: await grants.make(asked) } })
    },
    deny: (exchange) =>
      finish(exchange, { error: 'access_denied', error_description: 'The user said no.' }),
  }
}

// What is met by signing in again, or was used up.
const once: ReadonlySet<string> = new Set(['prompt', 'max_age', 'request_uri'])

/** An interaction that is over or another browser's is nobody's; whatever else breaks is ours. */
function refuseOnlyLost(error: unknown): null {
  if (error instanceof errors.SessionNotFound) return null
  throw error
}

function isMet({ prompt, iat, session }: Details, { userId, credential }: SignedIn): boolean {
  if (session?.accountId !== undefined && session.accountId !== userId) return false
  const mustBeNew = prompt.reasons.some(
    (reason) => reason === 'login_prompt' || reason === 'max_age',
  )
  return !mustBeNew || Math.floor(credential.authenticatedAt.getTime() / 1_000) >= iat
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

const toTexts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

/** Of a program on a machine or phone: its scheme, or any port of the loopback (RFC 8252, section 7). */
function destinationOf(redirectUri: string): string {
  const url = URL.parse(redirectUri)
  if (!url) return "'none'"
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.origin : url.protocol
}
