import { createImpersonations, type Impersonations } from './impersonations.ts'
import { createPlatformBlocks, type PlatformBlocks } from './platform-blocks.ts'
import { createPlatformOAuthClients, type PlatformOAuthClients } from './platform-oauth-clients.ts'
import {
  createPlatformOrganizations,
  type PlatformOrganizations,
} from './platform-organizations.ts'
import { createPlatformSessions, type PlatformSessions } from './platform-sessions.ts'
import { createPlatformUsers, type PlatformOptions, type PlatformUsers } from './platform-users.ts'
import { createPlatformWatch, type PlatformWatch } from './platform-watch.ts'

/** What administrators of the platform do across tenants (G06), by a database role of their own. */
export interface Platform {
  readonly users: PlatformUsers
  readonly organizations: PlatformOrganizations
  readonly oauthClients: PlatformOAuthClients
  readonly impersonations: Impersonations
  readonly blocks: PlatformBlocks
  readonly sessions: PlatformSessions
  /** What they look at first. */
  readonly watch: PlatformWatch
}

export const createPlatform = (
  options: PlatformOptions & { readonly keyMaxAgeDays: number },
): Platform => ({
  users: createPlatformUsers(options),
  organizations: createPlatformOrganizations(options),
  oauthClients: createPlatformOAuthClients(options),
  impersonations: createImpersonations(options),
  blocks: createPlatformBlocks(options),
  sessions: createPlatformSessions(options),
  watch: createPlatformWatch(options),
})
