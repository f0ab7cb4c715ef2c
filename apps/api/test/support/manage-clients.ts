import type { NewOAuthClient, OAuthClientChange } from '@repo/auth'
import { openSql } from '@repo/testing'
import type { Services } from '../../src/services.ts'

/** OAuth clients, handled by an administrator who is there for it. */
export interface ManagedClients {
  create(client: NewOAuthClient): Promise<{ readonly id: string; readonly secret: string | null }>
  update(id: string, change: OAuthClientChange): Promise<unknown>
  rotateSecret(id: string): Promise<{ readonly secret: string }>
  delete(id: string): Promise<unknown>
}

/** Throws where the API serves no administrators. */
export function manageClients(services: Services, ownerUrl: string): ManagedClients {
  const clients = () => {
    if (!services.platform) throw new Error('This API has no DATABASE_PLATFORM_URL.')
    return services.platform.oauthClients
  }
  let administrator: Promise<string> | undefined
  const admin = () => {
    administrator ??= createAdministrator(ownerUrl)
    return administrator
  }
  return {
    create: async (client) => clients().create(await admin(), client),
    update: async (id, change) => clients().update(await admin(), id, change),
    rotateSecret: async (id) => clients().rotateSecret(await admin(), id),
    delete: async (id) => clients().delete(await admin(), id),
  }
}

async function createAdministrator(ownerUrl: string): Promise<string> {
  const sql = openSql(ownerUrl)
  const id = crypto.randomUUID()
  const columns = '(id, email, name, email_verified_at, platform_role)'
  const text = `INSERT INTO users ${columns} VALUES ($1, $2, 'Clients', now(), 'admin')`
  await sql.run(text, [id, `${id}@clients.test`])
  await sql.close()
  return id
}
