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
  const id = readId(object.input, `${resource}Id`)
  const hidden =
    id !== null && !(await object.services.database.canRead(resource, id, object.scope))
  throw new AppError(hidden ? 'not_found' : 'forbidden')
}

function readId(input: unknown, name: string): string | number | null {
  if (typeof input !== 'object' || input === null) return null
  const id: unknown = Reflect.get(input, name)
  return typeof id === 'string' || typeof id === 'number' ? id : null
}
