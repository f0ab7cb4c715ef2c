import { randomBytes } from 'node:crypto'
import type { AdapterPayload } from 'oidc-provider'
import type { OAuthClient, OAuthClientKind } from './oauth-clients.ts'

/** What a client is beside what the protocol knows of it. */
export const ownMetadata = ['first_party', 'permissions', 'secret_hashes'] as const

// The provider wants a secret where one is used, and compares it in clear. This one nobody knows:
// extend-provider.ts compares hashes in its place.
const unknownSecret = randomBytes(32).toString('base64url')

const kinds: Readonly<Record<OAuthClientKind, Readonly<Record<string, unknown>>>> = {
  browser: publicKind('web'),
  native: publicKind('native'),
  server: {
    application_type: 'web',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    // No page of the provider's with a script in it, and nothing in a fragment.
    response_modes: ['query'],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: unknownSecret,
  },
  service: {
    application_type: 'web',
    grant_types: ['client_credentials'],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: unknownSecret,
  },
}

function publicKind(type: 'web' | 'native') {
  return {
    application_type: type,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    // No page of the provider's with a script in it, and nothing in a fragment.
    response_modes: ['query'],
    token_endpoint_auth_method: 'none',
  }
}

/** A client in the words of RFC 7591. */
export function toClientMetadata(client: OAuthClient): AdapterPayload {
  return {
    ...kinds[client.kind],
    client_id: client.id,
    client_name: client.name,
    redirect_uris: [...client.redirectUris],
    first_party: client.firstParty,
    permissions: [...client.scopes],
    secret_hashes: [...client.secretHashes],
  }
}
