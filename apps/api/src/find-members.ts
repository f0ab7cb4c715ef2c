import type { ScopedDatabase } from '@repo/ownership'

export interface Member {
  readonly id: string
  readonly userId: string
  readonly name: string
  readonly email: string
  readonly role: string
  readonly roleId: string | null
  readonly createdAt: Date
}

interface Wanted {
  readonly userId: string | { readonly gt?: string }
}

/** Members with their names, by the id of their user; those alone that the caller may see. */
export async function findMembers(
  db: ScopedDatabase,
  where: Wanted,
  take: number,
): Promise<readonly Member[]> {
  const found = await db.membership.findMany({ where, orderBy: { userId: 'asc' }, take })
  const userIds = found.map(({ userId }) => userId)
  const people = await db.user.findMany({ where: { id: { in: userIds } } })
  const byId = new Map(people.map((person) => [person.id, person]))
  return found.flatMap(({ userId, role, customRoleId, createdAt }) => {
    const { name, email } = byId.get(userId) ?? {}
    if (name === undefined || email === undefined) return []
    return [{ id: userId, userId, name, email, role, roleId: customRoleId, createdAt }]
  })
}
