import { createPlatformOAuthClients, type NewOAuthClient } from '@repo/auth'
import type { Database } from '@repo/database'
import { keyPermissions } from '@repo/rbac'
import type { Credentials } from './credentials.ts'

/** Of the example app, which is not part of this: where a development server of a front-end often is. */
export const appRedirectUri = 'http://localhost:5173/callback'
const everything = { scopes: keyPermissions }

const spa: NewOAuthClient = {
  ...everything,
  kind: 'browser',
  name: 'Example app',
  redirectUris: [appRedirectUri],
  firstParty: true,
  organizationId: null,
}

const service = (organizationId: string): NewOAuthClient => ({
  ...everything,
  kind: 'service',
  name: 'Example service',
  redirectUris: [],
  firstParty: false,
  organizationId,
})

/** Two programs to try OAuth with; those that are there keep their ids, and the service gets a new secret. */
export async function seedOAuthClients(
  database: Database,
  { adminId, organizationId }: { readonly adminId: string; readonly organizationId: string },
): Promise<Credentials['oauthClients']> {
  const clients = createPlatformOAuthClients({
    database,
    platform: database,
    clock: () => new Date(),
  })

  async function ensure(client: NewOAuthClient) {
    const { kind, name } = client
    const found = await database.prisma.oAuthClient.findFirst({ where: { kind, name } })
    return found ? { id: found.id, secret: null } : clients.create(adminId, client)
  }

  const app = await ensure(spa)
  const { id, secret } = await ensure(service(organizationId))
  const clientSecret = secret ?? (await clients.rotateSecret(adminId, id)).secret
  return {
    spa: { clientId: app.id, redirectUri: appRedirectUri },
    service: { clientId: id, clientSecret },
  }
}
