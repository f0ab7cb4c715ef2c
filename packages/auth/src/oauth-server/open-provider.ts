import type { IncomingMessage } from 'node:http'
import type { Encryption } from '@repo/encryption'
import Provider from 'oidc-provider'
import type { AskIdentity } from '../identity-functions.ts'
import type { FindPerson } from './adopt-session.ts'
import { extendProvider } from './extend-provider.ts'
import type { GrantMaker } from './grants.ts'
import { createFindOAuthClient } from './oauth-clients.ts'
import { type Report, reportEvents } from './oauth-events.ts'
import { createOAuthStorage } from './oauth-storage.ts'
import { configureProvider } from './provider-configuration.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface ProviderParts {
  readonly ask: AskIdentity
  readonly encryption: Encryption
  readonly clock: () => Date
  readonly signingKeys: SigningKeys
  readonly origin: string
  readonly audience: string
  readonly grants: GrantMaker
  readonly personOf: FindPerson
  readonly reportOf: (request: IncomingMessage) => Report
  readonly interactionPath: (id: string) => string
  readonly renderError: (error: { readonly error: string; readonly description: string }) => string
}

/** `oidc-provider` with storage, pages and rules of ours, and the signing keys as they are now. */
export function openProvider(parts: ProviderParts) {
  const { ask, clock, encryption, origin, personOf, renderError, reportOf } = parts
  const findClient = createFindOAuthClient({ ask, clock })
  const provider = new Provider(
    origin,
    configureProvider({
      ...parts,
      adapter: createOAuthStorage({ ask, clock, encryption, findClient }),
      secureCookies: origin.startsWith('https:'),
      renderError(context, { error, error_description = '' }) {
        context.type = 'html'
        context.body = renderError({ error, description: error_description })
      },
    }),
  )
  // The server has written the headers that are trusted here.
  provider.proxy = true
  extendProvider(provider, { ask, clock, encryption, personOf, renderError })
  reportEvents(provider, reportOf)
  return { provider, answer: provider.callback() }
}
