import { createVisitor, type Visitor } from './create-visitor.ts'
import type { Person, World } from './create-world.ts'

export interface Administrator extends Person, Pick<Visitor, 'ask' | 'status'> {
  readonly visitor: Visitor
}

/** Somebody with a role on the platform, in a browser; in an organization of no matter. */
export async function createAdministrator(
  world: World,
  platformRole = 'admin',
): Promise<Administrator> {
  const person = await world.createPerson({ organizationId: world.globex, platformRole })
  const visitor = createVisitor(world.api, person.cookie)
  return { ...person, visitor, ask: visitor.ask, status: visitor.status }
}

/** What the audit log has kept of one action, the newest first, as its reader gets it. */
export async function readAudit(
  { api }: World,
  { ask }: Pick<Visitor, 'ask'>,
  query: Readonly<Record<string, string>>,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  await api.services.audit.flush()
  const { body, text } = await ask(`GET /admin/audit-events?${new URLSearchParams(query)}`)
  const items = body?.['items']
  if (!Array.isArray(items)) throw new Error(`No audit events: ${text}`)
  return items
}
