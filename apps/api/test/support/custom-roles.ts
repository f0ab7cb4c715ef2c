import type { Person, World } from './create-world.ts'
import { createMember, createOwner, type Member } from './organizations.ts'

interface RoleOf {
  readonly organizationId: string
  readonly permissions: readonly string[]
  /** One of this name gets the permissions. */
  readonly name?: string
}

/** A role of the organization's own, made past the API, which would refuse some permissions; its id. */
export async function createRole({ sql }: World, role: RoleOf): Promise<string> {
  const { organizationId, permissions, name = crypto.randomUUID() } = role
  const [row] = await sql.run(
    `INSERT INTO custom_roles (id, organization_id, name, permissions)
     VALUES (gen_random_uuid(), $1, $2, $3)
     ON CONFLICT (organization_id, name) DO UPDATE SET permissions = excluded.permissions
     RETURNING id`,
    [organizationId, name, permissions],
  )
  return String(row?.['id'])
}

export async function giveRole({ sql }: World, { id }: Pick<Person, 'id'>, roleId: string) {
  const text = "UPDATE memberships SET role = 'custom', custom_role_id = $2 WHERE user_id = $1"
  await sql.run(text, [id, roleId])
}

/** The walks make many: those nobody has give way, but for the newest, which others may be about to use. */
export async function freeRoles({ sql }: World, organizationId: string): Promise<void> {
  await sql.run(
    `DELETE FROM custom_roles WHERE id IN (
       SELECT id FROM custom_roles r WHERE r.organization_id = $1
          AND NOT EXISTS (SELECT FROM memberships m WHERE m.custom_role_id = r.id)
          AND NOT EXISTS (SELECT FROM invitations i WHERE i.custom_role_id = r.id)
        ORDER BY r.created_at DESC OFFSET 6)`,
    [organizationId],
  )
}

/** A role that an owner makes of permissions, as owners do; its id. */
export async function makeRole(owner: Member, permissions: readonly string[]): Promise<string> {
  const route = `POST /organizations/${owner.organizationId}/roles` as const
  const { status, body, text } = await owner.ask(route, { name: crypto.randomUUID(), permissions })
  if (status !== 201) throw new Error(`The role was not made: ${text}`)
  return String(body?.['id'])
}

/** An owner, and a member to whom they gave a role made of these permissions. */
export async function createHolder(world: World, permissions: readonly string[]) {
  const owner = await createOwner(world)
  const { organizationId } = owner
  const holder = await createMember(world, organizationId, 'member')
  const roleId = await makeRole(owner, permissions)
  const route = `PATCH /organizations/${organizationId}/members/${holder.id}` as const
  const { status, text } = await owner.ask(route, { roleId })
  if (status !== 200) throw new Error(`The role was not given: ${text}`)
  return { owner, holder, roleId }
}
