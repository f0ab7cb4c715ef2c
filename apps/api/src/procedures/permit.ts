import type { Identity, Membership } from '@repo/auth'
import type { Scope, ScopedDatabase } from '@repo/ownership'
import { type Action, type Grants, grantsOf, impliedKeyPermissions, intersect } from '@repo/rbac'
import type { Guards } from '../context.ts'
import { requirePermission } from './require-permission.ts'
import { requireSecondFactor } from './require-second-factor.ts'
import { createScope } from './scope-data.ts'

interface Request {
  readonly action: Action
  readonly membership: Membership | null
  readonly guards: Guards
  readonly getRawInput: () => Promise<unknown>
}

/** What a permitted caller may name: a database that can only mean their rows. Throws for anyone else. */
export async function permit(
  caller: Identity,
  { action, membership, guards, getRawInput }: Request,
): Promise<{ readonly db: ScopedDatabase; readonly grants: Grants }> {
  const { call, services } = guards
  call.organizationId = membership?.organizationId ?? null
  requireSecondFactor(caller, membership)
  const grants = grantsFor(caller, membership)
  const scope = { ...createScope(caller, membership, grants), ...seenVersions(action, guards) }
  await requirePermission(action, grants, { scope, input: await getRawInput(), services })
  return { db: services.database.scopedTo(scope), grants }
}

/** What If-Match says of the resource that the action is about. */
function seenVersions(action: Action, { unchangedSince: times }: Guards): Partial<Scope> {
  const [resource = ''] = action.split(':')
  return times ? { unchangedSince: { resource, times } } : {}
}

/** The present power of the caller's role, a custom one included; of a key or a token, no more than it was given. */
function grantsFor({ credential }: Identity, membership: Membership | null): Grants {
  const grants = grantsOf(membership?.role ?? null, membership?.permissions)
  if (credential.kind === 'session') return grants
  return intersect(grants, [...credential.permissions, ...impliedKeyPermissions])
}
