import type { Identity, Membership } from '@repo/auth'
import { type Action, grantsOf } from '@repo/rbac'
import { limitRate } from './limit-rate.ts'
import { recordOutcome } from './record-outcome.ts'
import { refuseHostileJson } from './refuse-hostile-json.ts'
import { findOrganization, requireOrganization } from './require-organization.ts'
import { requirePermission } from './require-permission.ts'
import { requireUser } from './require-user.ts'
import { createScope } from './scope-data.ts'
import { type LimitClass, t } from './trpc.ts'

// Every procedure starts from one of these doors; this is the whole of what stands before a handler.
const recorded = t.procedure.use(recordOutcome).use(limitRate).use(refuseHostileJson)

/** For anyone. The limit class is an argument, since nobody stands behind the call. */
export const publicProcedure = (limits: LimitClass) =>
  recorded
    .meta({ access: { door: 'public' }, limits })
    .use(({ next }) => next({ ctx: { guards: undefined } }))

/** For anyone signed in, about their own session; it opens no database. */
export const sessionProcedure = () =>
  recorded
    .meta({ access: { door: 'session' }, limits: 'standard' })
    .use(({ ctx, next }) => next({ ctx: { caller: requireUser(ctx.identity), guards: undefined } }))

/** For a signed-in person, with the permissions of their organization where it is known. */
export const userProcedure = (action: Action) => permittedDoor('user', action, findOrganization)

/** For a member of the organization that the call is about, who holds the permission. */
export const memberProcedure = (action: Action) =>
  permittedDoor('member', action, requireOrganization)

/** What a handler behind it gets: the caller, and a database that can only mean the caller's rows. */
const permittedDoor = (
  door: 'user' | 'member',
  action: Action,
  chooseOrganization: (caller: Identity, asked: string | undefined) => Membership | null,
) =>
  recorded
    .meta({ access: { door, action }, limits: 'standard' })
    .use(async ({ ctx: { guards, identity }, getRawInput, next }) => {
      const { services, call, askedOrganizationId } = guards
      const caller = requireUser(identity)
      const membership = chooseOrganization(caller, askedOrganizationId)
      call.organizationId = membership?.organizationId ?? null
      const grants = grantsOf(membership?.role ?? null)
      const scope = createScope(caller, membership, grants)
      await requirePermission(action, grants, { scope, input: await getRawInput(), services })
      return next({ ctx: { caller, db: services.database.scopedTo(scope), guards: undefined } })
    })
