import * as client from 'openid-client'
import type { Attempt } from './attempts.ts'
import type { ExternalPerson } from './external-person.ts'

/** What each kind of provider is asked. */
export interface IdentityProvider {
  /** Where the browser goes. */
  start(attempt: Attempt): Promise<URL>
  /** Who came back, by the URL of the callback; throws what openid-client does. */
  finish(callback: URL, attempt: Attempt): Promise<ExternalPerson>
}

// Each request; a callback makes four at most, and the edge answers for them after 15 seconds.
export const patienceSeconds = 3

/** By how the server says that it knows secrets, in a header before in a body (RFC 6749, section 2.3.1). */
export function authenticateClient(secret: string): client.ClientAuth {
  const [basic, post] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)]
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const authenticate = methods.includes('client_secret_basic') ? basic : post
    return authenticate(server, ...rest)
  }
}

interface AuthorizationOptions {
  readonly attempt: Attempt
  readonly redirectUri: string
  readonly scope: string
  readonly extra?: Readonly<Record<string, string>>
}

/** An authorization request with PKCE, whatever the provider says of it (RFC 9700, section 2.1.1). */
export async function buildAuthorizationUrl(
  configuration: client.Configuration,
  { attempt, redirectUri, scope, extra = {} }: AuthorizationOptions,
): Promise<URL> {
  return client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope,
    state: attempt.state,
    code_challenge: await client.calculatePKCECodeChallenge(attempt.codeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  })
}

// OpenID Connect Core, section 2: a subject is ASCII, of 255 characters at most.
const subjectForm = /^[\x20-\x7e]{1,255}$/

/** Throws for what can be nobody's identifier. */
export function requireSubject(subject: string): string {
  if (subjectForm.test(subject)) return subject
  throw new client.ClientError('The provider names its person in no form that is allowed.')
}
