import type { Identity, Membership } from '@repo/auth'
import type { Action } from '@repo/rbac'
import { openAuditTrail } from '../audit-trail.ts'
import { openCredentials, readCredentials } from '../credentials.ts'
import { openFileKeeper } from '../file-keeper.ts'
import { openKeyMaker } from '../key-maker.ts'
import { openMemberKeeper } from '../member-keeper.ts'
import { openOwnMemberships } from '../own-memberships.ts'
import { openPlatformDesk } from '../platform-desk.ts'
import { openWebhookKeeper } from '../webhook-keeper.ts'
import { limitRate } from './limit-rate.ts'
import { permit } from './permit.ts'
import { recordOutcome } from './record-outcome.ts'
import { refuseHostileJson } from './refuse-hostile-json.ts'
import { refuseUnmatchable } from './refuse-unmatchable.ts'
import { findOrganization, requireOrganization } from './require-organization.ts'
import { requirePlatformPermission } from './require-platform-permission.ts'
import {
  requireFreshSession,
  requireHalfSession,
  requireImpersonation,
  requireOwnSession,
  requireSession,
} from './require-session.ts'
import { requireUser } from './require-user.ts'
import { type LimitClass, t } from './trpc.ts'

// Every procedure starts from one of these doors; this is the whole of what stands before a handler.
const recorded = t.procedure
  .use(recordOutcome)
  .use(limitRate)
  .use(refuseHostileJson)
  .use(refuseUnmatchable)

/** For anyone. The limit class is an argument, since nobody stands behind the call. */
export const publicProcedure = (limits: LimitClass) =>
  recorded
    .meta({ access: { door: 'public' }, limits })
    .use(({ next }) => next({ ctx: { guards: undefined } }))

/** For who has given a password and owes a second factor: nobody else, and they nowhere else. */
export const halfSignedInProcedure = () =>
  recorded
    .meta({ access: { door: 'half-session' }, limits: 'login', holdsSecret: true })
    .use(({ ctx, next }) => next({ ctx: { caller: requireHalfSession(ctx), guards: undefined } }))

/** For anyone with a session, a half one too: to end it. */
export const anySessionProcedure = () =>
  recorded
    .meta({ access: { door: 'any-session' }, limits: 'remedy', holdsSecret: true })
    .use(({ ctx: { halfSignedIn, identity }, next }) =>
      next({ ctx: { caller: requireSession(identity ?? halfSignedIn), guards: undefined } }),
    )

/** For who acts as somebody else: to be themselves again. */
export const impersonationProcedure = () =>
  recorded
    .meta({ access: { door: 'impersonation' }, limits: 'remedy', holdsSecret: true })
    .use(({ ctx: { identity }, next }) =>
      next({ ctx: { caller: requireImpersonation(identity), guards: undefined } }),
    )

/**
 * For a signed-in person, about their own session and credentials; it opens no database. Who acts as somebody
 * else may look and change nothing.
 */
export const sessionProcedure = (limits: LimitClass = 'standard') =>
  recorded
    .meta({ access: { door: 'session' }, limits })
    .use(({ ctx: { guards, identity }, next, type }) => {
      const caller = type === 'query' ? requireSession(identity) : requireOwnSession(identity)
      const credentials = readCredentials(caller, guards.services)
      return next({ ctx: { caller, credentials, guards: undefined } })
    })

/** The same within 15 minutes of authenticating, to change credentials: no key, token or old session can. */
export const freshSessionProcedure = (limits: LimitClass = 'standard') =>
  recorded
    .meta({ access: { door: 'session', fresh: true }, limits })
    .use(({ ctx: { guards, identity, browserSession }, next }) => {
      const { services } = guards
      const caller = requireFreshSession(identity, services.clock())
      const credentials = openCredentials({ caller, services, browserSession, lane: guards.lane })
      const memberships = openOwnMemberships(caller, services)
      return next({ ctx: { caller, credentials, memberships, guards: undefined } })
    })

/** For a signed-in person, with the permissions of their organization where it is known. */
export const userProcedure = (action: Action) => permittedDoor('user', action, findOrganization)

/** For a member of the organization that the call is about, who holds the permission. */
export const memberProcedure = (action: Action) =>
  permittedDoor('member', action, requireOrganization)

/** The same, and what keeps the contents of files. */
export const fileProcedure = (
  action: Extract<Action, `file:${string}`>,
  limits: LimitClass = 'standard',
) =>
  recorded
    .meta({ access: { door: 'member', action }, limits })
    .use(async ({ ctx: { guards, identity }, getRawInput, next }) => {
      const caller = requireUser(identity)
      const membership = requireOrganization(caller, guards.askedOrganizationId)
      const { db } = await permit(caller, { action, membership, guards, getRawInput })
      const { organizationId } = membership
      const { services } = guards
      const files = openFileKeeper({ db, userId: caller.userId, organizationId, services })
      return next({ ctx: { caller, db, files, guards: undefined } })
    })

/** The same for a fresh session, which may make keys in the organization and say who belongs to it. */
export const freshMemberProcedure = (action: Action, limits: LimitClass = 'standard') =>
  recorded
    .meta({ access: { door: 'member', action, fresh: true }, limits })
    .use(async ({ ctx: { guards, identity }, getRawInput, next }) => {
      const { services } = guards
      const caller = requireFreshSession(identity, services.clock())
      const membership = requireOrganization(caller, guards.askedOrganizationId)
      const { db, grants } = await permit(caller, { action, membership, guards, getRawInput })
      const tenant = { organizationId: membership.organizationId, grants }
      const keys = openKeyMaker({ caller, services }, tenant)
      const members = openMemberKeeper(caller, { membership, grants, db }, guards)
      return next({ ctx: { caller, db, keys, members, guards: undefined } })
    })

/** For a member with the permission in a fresh session: where an organization's events go is a credential. */
export const webhookProcedure = (action: Extract<Action, `webhook${string}`>) =>
  recorded
    .meta({ access: { door: 'member', action, fresh: true }, limits: 'standard' })
    .use(async ({ ctx: { guards, identity }, getRawInput, next }) => {
      const { webhooks, clock } = guards.services
      const caller = requireFreshSession(identity, clock())
      const membership = requireOrganization(caller, guards.askedOrganizationId)
      const { db } = await permit(caller, { action, membership, guards, getRawInput })
      const { recordChange } = guards
      const keeper = openWebhookKeeper({ db, webhooks, recordChange, ...membership })
      return next({ ctx: { caller, webhooks: keeper, guards: undefined } })
    })

/** For a fresh session of who may see what everybody in the organization did. */
export const auditProcedure = (limits: LimitClass = 'standard') =>
  recorded
    .meta({ access: { door: 'member', action: 'auditEvent:read', fresh: true }, limits })
    .use(async ({ ctx: { guards, identity }, getRawInput, next }) => {
      const { services, askedOrganizationId } = guards
      const caller = requireFreshSession(identity, services.clock())
      const membership = requireOrganization(caller, askedOrganizationId)
      const asked = { action: 'auditEvent:read', membership, guards, getRawInput } as const
      const { grants } = await permit(caller, asked)
      const { organizationId } = membership
      const trail = openAuditTrail(caller, { organizationId, grants }, services)
      return next({ ctx: { caller, trail, guards: undefined } })
    })

/**
 * For an administrator of the platform who holds the permission there (G06), in a fresh session; in
 * production one of two factors. It alone opens what crosses tenants.
 */
export const adminProcedure = (action: Action) =>
  recorded
    .meta({ access: { door: 'admin', action, fresh: true }, limits: 'standard' })
    .use(({ ctx: { guards, identity, browserSession }, next }) => {
      const caller = requirePlatformPermission(identity, action, guards.services)
      const platform = openPlatformDesk(caller, { guards, browserSession })
      return next({ ctx: { caller, platform, guards: undefined } })
    })

/** What a handler behind it gets: the caller, and a database that can only mean the caller's rows. */
const permittedDoor = (
  door: 'user' | 'member',
  action: Action,
  chooseOrganization: (caller: Identity, asked: string | undefined) => Membership | null,
) =>
  recorded
    .meta({ access: { door, action }, limits: 'standard' })
    .use(async ({ ctx: { guards, identity }, getRawInput, next }) => {
      const caller = requireUser(identity)
      const membership = chooseOrganization(caller, guards.askedOrganizationId)
      const { db } = await permit(caller, { action, membership, guards, getRawInput })
      return next({ ctx: { caller, db, guards: undefined } })
    })
