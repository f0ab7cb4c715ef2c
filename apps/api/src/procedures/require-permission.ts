import { AppError } from '@repo/errors'
import type { Scope } from '@repo/ownership'
import type { Action, Grants } from '@repo/rbac'
import type { Services } from '../services.ts'

/**
 * Lets through who holds the permission at all; how far it reaches is the scoped client's to say.
 * A reader without it gets 403, and who cannot read the object 404, so that an id tells nothing.
 */
export async function requirePermission(
  action: Action,
  grants: Grants,
  object: { readonly scope: Scope; readonly input: unknown; readonly services: Services },
): Promise<void> {
  if (grants.reach(action) !== null) return
  const [resource = ''] = action.split(':')
  for (const [name, kind] of namesOf(resource)) {
    const id = readId(object.input, name)
    const hidden = id !== null && !(await object.services.database.canRead(kind, id, object.scope))
    if (hidden) throw new AppError('not_found')
  }
  throw new AppError('forbidden')
}

const named: Readonly<Record<string, readonly [field: string, resource: string]>> = {
  apiKey: ['keyId', 'apiKey'],
  // A member is seen by whom their user is seen.
  membership: ['userId', 'user'],
  // A delivery is seen by whom its endpoint is seen.
  webhookDelivery: ['webhookId', 'webhook'],
}

/** The fields that name what the action is about, each with the resource that says who sees it. */
const namesOf = (resource: string): readonly (readonly [field: string, resource: string])[] => [
  ['organizationId', 'organization'],
  named[resource] ?? [`${resource}Id`, resource],
]

function readId(input: unknown, name: string): string | number | null {
  if (typeof input !== 'object' || input === null) return null
  const id: unknown = Reflect.get(input, name)
  return typeof id === 'string' || typeof id === 'number' ? id : null
}
