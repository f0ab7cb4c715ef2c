import { afterAll } from 'vitest'
import { type Agent, createAgent, type Page } from './authorize.ts'
import { startGitHub, type TestGitHub } from './start-github.ts'
import { startIdentityProvider, type TestIdentityProvider } from './start-identity-provider.ts'
import { type OAuthBench, useOAuth } from './use-oauth.ts'

export interface ExternalLoginBench extends OAuthBench {
  /** Of no preset; it tells of people in userinfo. */
  readonly acme: TestIdentityProvider
  /** Whom the presets of Google and Microsoft ask here. */
  readonly presets: TestIdentityProvider
  readonly github: TestGitHub
}

export const clientSecret = 'f3Qm8Zr1Tn6Kw4Yb9Xc2'
const clientId = 'rampart'
const names = ['acme', 'google', 'microsoft', 'github'] as const

export type ProviderName = (typeof names)[number]

/** The API with providers of every kind, for the tests of a file. */
export function useExternalLogin(prepare: (bench: ExternalLoginBench) => void): void {
  let acme: TestIdentityProvider
  let presets: TestIdentityProvider
  let github: TestGitHub
  useOAuth(
    (bench) => prepare({ ...bench, acme, presets, github }),
    async (origin) => {
      const redirectUris = names.map((name) => `${origin}/login/${name}/callback`)
      const setting = { clientId, clientSecret, redirectUris }
      acme = await startIdentityProvider(setting)
      presets = await startIdentityProvider({ ...setting, claimsInIdToken: true })
      github = await startGitHub({ clientId, clientSecret })
      const issuers = {
        acme: acme.issuer,
        google: presets.issuer,
        microsoft: presets.issuer,
        github: github.site,
      }
      const entries = names.flatMap((name) => {
        const prefix = `OIDC_${name.toUpperCase()}`
        return [
          [`${prefix}_ISSUER`, issuers[name]],
          [`${prefix}_CLIENT_ID`, clientId],
          [`${prefix}_CLIENT_SECRET`, clientSecret],
        ]
      })
      return Object.fromEntries(entries)
    },
  )
  afterAll(() => Promise.all([acme, presets, github].map((server) => server.close())))
}

/** A browser on its way through a log-in, one step at a time. */
export interface ExternalVisit {
  readonly agent: Agent
  /** To the provider, whose page it does not see yet. */
  begin(provider: ProviderName, query?: string): Promise<URL>
  /** Through the provider's pages, up to the callback. */
  answer(asked: URL): Promise<URL>
  /** Back to us, and wherever that leads on this site. */
  arrive(callback: URL): Promise<Page>
  /** All of it. */
  logIn(provider: ProviderName, query?: string): Promise<Page>
}

export function createVisit({ origin }: OAuthBench, cookie?: string): ExternalVisit {
  const agent = createAgent(origin, cookie)
  const visit: ExternalVisit = {
    agent,
    async begin(provider, query = '') {
      const page = await agent.open(`/login/${provider}${query}`)
      return requireLeft(page)
    },
    // Nobody's cookies are left at the provider.
    answer: async (asked) => requireLeft(await createAgent(asked.origin).open(asked.href)),
    arrive: (callback) => agent.open(callback.href),
    logIn: async (provider, query) =>
      visit.arrive(await visit.answer(await visit.begin(provider, query))),
  }
  return visit
}

function requireLeft({ leftTo, status, text, url }: Page): URL {
  if (leftTo) return leftTo
  throw new Error(`The way ended at ${url} with ${status}: ${text.slice(0, 2_000)}`)
}
