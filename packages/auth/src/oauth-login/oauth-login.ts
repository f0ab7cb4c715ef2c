import type { Database } from '@repo/database'
import type { Encryption } from '@repo/encryption'
import { AppError } from '@repo/errors'
import type { AccountMails } from '../account-mails.ts'
import { createAskIdentity } from '../identity-functions.ts'
import { type Attempt, type Attempts, createAttempts } from './attempts.ts'
import { createExternalIdentities, type ExternalIdentities } from './external-identities.ts'
import type { ExternalPerson } from './external-person.ts'
import { createGitHubProvider } from './github-provider.ts'
import type { IdentityProvider } from './identity-provider.ts'
import { createOpenIdProvider } from './openid-provider.ts'
import { toProviderFailure } from './provider-failure.ts'
import { completeProvider, type Provider, type ProviderSettings } from './provider-presets.ts'
import { readReturnPath } from './return-path.ts'

/** Log-in with other providers (G01): OpenID Connect, and GitHub. */
export interface OAuthLogin {
  /** By name, in the order they were given. */
  readonly providers: readonly { readonly name: string; readonly title: string }[]
  readonly identities: ExternalIdentities
  readonly attempts: Pick<Attempts, 'cookieName' | 'endingCookie' | 'read'>
  /**
   * Where the browser goes, and the cookie it takes along. Throws `not_found` for a provider that is not
   * configured, `bad_request` for a way back that leads elsewhere, `unavailable` for one that does not answer.
   */
  start(asked: Asked): Promise<{ readonly url: string; readonly cookie: string }>
  /** Who came back, by the query of the callback; throws as provider-failure.ts says. */
  finish(attempt: Attempt, query: string): Promise<ExternalPerson>
}

type Asked = Pick<Attempt, 'provider' | 'returnTo' | 'linkTo'>

export interface OAuthLoginOptions {
  readonly database: Database
  readonly encryption: Encryption
  readonly clock: () => Date
  readonly mails: Pick<AccountMails, 'notice'>
  /** Where the callbacks are, whatever Host a request names (faults 54). */
  readonly baseUrl: string
  readonly providers: readonly ProviderSettings[]
  /** What a provider answered that is not good; it may be a configuration to mend, or an attack. */
  readonly onRefused: (error: AppError, provider: string) => void
}

export function createOAuthLogin(options: OAuthLoginOptions): OAuthLogin {
  const { encryption, clock, mails } = options
  const { origin } = new URL(options.baseUrl)
  const providers = options.providers.map(completeProvider)
  const redirectUriOf = (name: string) => `${origin}/login/${name}/callback`
  const clients = new Map(providers.map((one) => [one.name, connect(one)]))
  const attempts = createAttempts({
    encryption,
    clock,
    secureCookies: origin.startsWith('https:'),
  })

  function connect(provider: Provider): IdentityProvider {
    const { kind } = provider
    const setting = { redirectUri: redirectUriOf(provider.name), clock }
    return kind === 'github'
      ? createGitHubProvider(provider, setting)
      : createOpenIdProvider({ ...provider, kind }, setting)
  }

  function requireClient(name: string): IdentityProvider {
    const found = clients.get(name)
    if (!found) throw new AppError('not_found')
    return found
  }

  return {
    providers: providers.map(({ name, title }) => ({ name, title })),
    identities: createExternalIdentities({
      ask: createAskIdentity(options.database),
      clock,
      mails,
    }),
    attempts,
    async start({ provider, returnTo, linkTo }) {
      const path = readReturnPath(returnTo, origin)
      const found = requireClient(provider)
      if (path === null) throw new AppError('bad_request')
      const { attempt, cookie } = attempts.create({ provider, returnTo: path, linkTo })
      const url = await found.start(attempt).catch(refuse(provider))
      return { url: url.href, cookie }
    },
    async finish(attempt, query) {
      const { provider } = attempt
      const callback = new URL(redirectUriOf(provider))
      callback.search = query
      return requireClient(provider).finish(callback, attempt).catch(refuse(provider))
    },
  }

  function refuse(provider: string) {
    return (thrown: unknown): never => {
      const error = toProviderFailure(thrown)
      if (error.code === 'bad_request') options.onRefused(error, provider)
      throw error
    }
  }
}
