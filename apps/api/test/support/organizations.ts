import type { Visitor } from './create-visitor.ts'
import { createVisitor } from './create-visitor.ts'
import { join, openSession, type Person, type World } from './create-world.ts'
import { problemOf } from './problem-of.ts'
import type { Answer } from './request.ts'

/** Somebody in a browser, who acts in one organization. */
export interface Member extends Person, Pick<Visitor, 'ask'> {}

/** Somebody of a role in the organization; the only one they belong to. */
export async function createMember(
  world: World,
  organizationId: string,
  role: string,
): Promise<Member> {
  const person = await world.createPerson({ organizationId, role })
  return { ...person, ask: createVisitor(world.api, person.cookie).ask }
}

/** An organization whose only owner this is, its founder taken out. */
export async function createOwner(world: World): Promise<Member> {
  const organizationId = await world.createTenant('Initech')
  const owner = await createMember(world, organizationId, 'owner')
  await world.sql.run('DELETE FROM memberships WHERE organization_id = $1 AND user_id <> $2', [
    organizationId,
    owner.id,
  ])
  return owner
}

/** Another session of somebody, in another organization of theirs. */
export async function alsoIn(world: World, person: Member, organizationId: string, role: string) {
  await join(world.sql, organizationId, person.id, role)
  return createVisitor(world.api, await openSession(world.api, person.id))
}

export const outcomeOf = ({ status, body }: Answer) => {
  const code = problemOf(body)?.code
  return code === undefined ? [status] : [status, code]
}

/** Whether an organization wants a second factor of its members. */
export async function requireSecondFactor({ sql }: World, organizationId: string, is: boolean) {
  const text = 'UPDATE organizations SET require_second_factor = $2 WHERE id = $1'
  await sql.run(text, [organizationId, is])
}

/** The roles of those who belong to it, in order of their names. */
export async function rolesIn({ sql }: World, organizationId: string): Promise<readonly string[]> {
  const rows = await sql.run(
    `SELECT role::text FROM memberships WHERE organization_id = $1 AND removed_at IS NULL
      ORDER BY role::text`,
    [organizationId],
  )
  return rows.map(({ role }) => String(role))
}
