import {
  type AuditChainState,
  type AuditEntry,
  type AuditSearch,
  type Digest,
  type RefusalSource,
  type RefusalStep,
  weeksAfter,
} from '@repo/audit'
import type {
  BlockedAddress,
  DueKey,
  JobQueue,
  NewOAuthClient,
  NewPlatformUser,
  OAuthClientChange,
  OAuthClientEntry,
  PlatformBlocks,
  PlatformChange,
  PlatformOrganization,
  PlatformOrganizationChange,
  PlatformOverview,
  PlatformPage,
  PlatformSession,
  PlatformSessions,
  PlatformUser,
  PlatformUserChange,
  PlatformWatch,
  SessionCounts,
  SignedIn,
} from '@repo/auth'
import type { AlertEntry, AlertSearch, SettledStatus } from '@repo/detection'
import { AppError } from '@repo/errors'
import type { BrowserSession } from './browser-session.ts'
import type { Guards } from './context.ts'

/** What an administrator of the platform may name; each change is on the audit log with what was before and after. */
export interface PlatformDesk {
  listUsers(page: PlatformPage): Promise<readonly PlatformUser[]>
  createUser(user: NewPlatformUser): Promise<PlatformUser>
  updateUser(userId: string, change: PlatformUserChange): Promise<PlatformUser>
  logUserOut(userId: string): Promise<void>
  resetSecondFactor(userId: string): Promise<void>
  /** The caller's browser is the user's from the answer on. */
  impersonate(userId: string, reason: string): Promise<SignedIn>
  listOrganizations(page: PlatformPage): Promise<readonly PlatformOrganization[]>
  updateOrganization(id: string, change: PlatformOrganizationChange): Promise<void>
  listBlockedAddresses(
    page: Parameters<PlatformBlocks['list']>[0],
  ): Promise<readonly BlockedAddress[]>
  /** This process opens the address at once, the others within two seconds. */
  liftBlock(address: string): Promise<void>
  getOverview(): Promise<PlatformOverview>
  listRefusals(span: RefusalSpan): Promise<readonly RefusalStep[]>
  /** Of the last so many minutes. */
  listRefusalSources(minutes: number, limit: number): Promise<readonly RefusalSource[]>
  getAuditChain(): Promise<AuditChainState>
  listSessions(page: Parameters<PlatformSessions['list']>[0]): Promise<readonly PlatformSession[]>
  countSessions(): Promise<SessionCounts>
  listDueKeys(page: Parameters<PlatformWatch['listDueKeys']>[0]): Promise<readonly DueKey[]>
  listJobQueues(): Promise<readonly JobQueue[]>
  listDigests(page: {
    readonly before?: string | undefined
    readonly limit: number
  }): Promise<readonly Digest[]>
  /** Throws `not_found` for a week that was not told. */
  getDigest(week: string): Promise<Digest>
  /** Of the week that runs, as it would be told now. */
  composeDigest(): Promise<Digest>
  listAlerts(search: AlertSearch): Promise<readonly AlertEntry[]>
  /** Throws `not_found`. */
  getAlert(alertId: string): Promise<AlertEntry>
  /** The alert as it is then; one that is settled that far already stays as it is. */
  settleAlert(alertId: string, status: SettledStatus): Promise<AlertEntry>
  listAuditEvents(search: AuditSearch): Promise<readonly AuditEntry[]>
  listOAuthClients(page: PlatformPage): Promise<readonly OAuthClientEntry[]>
  createOAuthClient(
    client: NewOAuthClient,
  ): Promise<{ readonly id: string; readonly secret: string | null }>
  updateOAuthClient(id: string, change: OAuthClientChange): Promise<void>
  rotateOAuthClientSecret(id: string): Promise<{ readonly secret: string }>
  deleteOAuthClient(id: string): Promise<void>
}

/** So many steps, until now. */
export interface RefusalSpan {
  readonly steps: number
  readonly stepMinutes: number
}

interface Exchange {
  readonly guards: Guards
  readonly browserSession: BrowserSession
}

/** Throws `platform_off` where this process has no way across tenants. */
export function openPlatformDesk(
  admin: SignedIn,
  { guards, browserSession }: Exchange,
): PlatformDesk {
  const { platform, clock } = guards.services
  if (!platform) throw new AppError('platform_off')
  const { users, organizations, alerts, auditEvents, oauthClients, impersonations, blocks } =
    platform
  const { userId: adminId } = admin
  /** The change goes to the audit log, and is returned. */
  function recorded<Change extends PlatformChange>(change: Change): Change {
    const { before, after } = change
    guards.recordChange({ before, after })
    return change
  }
  return {
    listUsers: (page) => users.list(page),
    async createUser(user) {
      return users.get(recorded(await users.create(adminId, user)).userId)
    },
    async updateUser(userId, change) {
      recorded(await users.update(adminId, userId, change))
      return users.get(userId)
    },
    async logUserOut(userId) {
      recorded(await users.logOut(adminId, userId))
    },
    async resetSecondFactor(userId) {
      recorded(await users.resetSecondFactor(adminId, userId))
    },
    async impersonate(userId, reason) {
      const wanted = { userId, reason, ...browserSession.origin }
      const begun = await impersonations.begin(admin, wanted)
      return browserSession.impersonate(recorded(begun).token)
    },
    listOrganizations: (page) => organizations.list(page),
    async updateOrganization(id, change) {
      recorded(await organizations.update(adminId, id, change))
    },
    listBlockedAddresses: (page) => blocks.list(page),
    async liftBlock(address) {
      recorded(await blocks.lift(adminId, address))
      await guards.services.blocks.refresh()
    },
    getOverview: () => platform.watch.get(),
    listRefusals: (span) => platform.auditOverview.listRefusals({ now: clock(), ...span }),
    listRefusalSources: (minutes, limit) =>
      platform.auditOverview.listSources(new Date(clock().getTime() - minutes * 60_000), limit),
    getAuditChain: () => platform.auditOverview.getChain(),
    listSessions: (page) => platform.sessions.list(page),
    countSessions: () => platform.sessions.count(),
    listDueKeys: (page) => platform.watch.listDueKeys(page),
    listJobQueues: () => platform.watch.listQueues(),
    listDigests: (page) => platform.digests.list(page),
    async getDigest(week) {
      const [found] = await platform.digests.list({ before: weeksAfter(week, 1), limit: 1 })
      if (found?.week !== week) throw new AppError('not_found')
      return found
    },
    composeDigest: () => platform.digests.composeRunning(),
    listAlerts: (search) => alerts.list(search),
    getAlert: (alertId) => alerts.get(alertId),
    async settleAlert(alertId, status) {
      recorded(await alerts.settle(adminId, alertId, status))
      return alerts.get(alertId)
    },
    listAuditEvents: (search) => auditEvents.list(search),
    listOAuthClients: (page) => oauthClients.list(page),
    async createOAuthClient(client) {
      const { id, secret } = recorded(await oauthClients.create(adminId, client))
      return { id, secret }
    },
    async updateOAuthClient(id, change) {
      recorded(await oauthClients.update(adminId, id, change))
    },
    rotateOAuthClientSecret: async (id) => recorded(await oauthClients.rotateSecret(adminId, id)),
    async deleteOAuthClient(id) {
      recorded(await oauthClients.delete(adminId, id))
    },
  }
}
