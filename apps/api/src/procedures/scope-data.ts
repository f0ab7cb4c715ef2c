import type { Identity, Membership } from '@repo/auth'
import type { Scope } from '@repo/ownership'
import { type Action, actions, type Grants } from '@repo/rbac'

const known: ReadonlySet<string> = new Set(
  Object.entries(actions).flatMap(([resource, verbs]) =>
    verbs.map((verb) => `${resource}:${verb}`),
  ),
)
const isAction = (text: string): text is Action => known.has(text)

/** Whose rows a call may touch: from the caller's identity and present role, never from input (G08). */
export function createScope(
  identity: Identity,
  membership: Membership | null,
  grants: Grants,
): Scope {
  return {
    userId: identity.userId,
    organizationId: membership?.organizationId ?? null,
    isConfined: identity.credential.kind !== 'session',
    reach(resource, operation) {
      const action = `${resource}:${operation}`
      return isAction(action) ? grants.reach(action) : null
    },
  }
}
