import type { CallerKind } from './access-matrix.ts'
import { join, type Person, signIn, type World } from './create-world.ts'
import { request } from './request.ts'
import type { TestApi } from './start-api.ts'

/** Makes the callers of the access matrix as they come to be: signed in first, then changed. */
export function createCallers(api: TestApi, world: World) {
  const { sql, globex } = world
  const kept = new Map<CallerKind, Promise<Person>>()

  async function create(kind: CallerKind): Promise<Person> {
    switch (kind) {
      case 'foreign member':
        return world.createPerson({ organizationId: globex })
      case 'foreign owner':
        return world.createPerson({ organizationId: globex, role: 'owner' })
      case 'platform admin':
        return world.createPerson({ organizationId: globex, role: 'owner', platformRole: 'admin' })
      case 'viewer':
      case 'admin':
      case 'owner':
        return world.createPerson({ role: kind })
      default:
        return change(kind, await world.createPerson())
    }
  }

  async function change(kind: CallerKind, person: Person): Promise<Person> {
    const { id } = person
    if (kind === 'expired')
      await sql.run('UPDATE sessions SET expires_at = now() WHERE user_id = $1', [id])
    if (kind === 'disabled')
      await sql.run('UPDATE users SET disabled_at = now() WHERE id = $1', [id])
    if (kind === 'removed')
      await sql.run('UPDATE memberships SET removed_at = now() WHERE user_id = $1', [id])
    if (kind === 'of two tenants, none named') await join(sql, globex, id, 'member')
    if (kind === 'logged out') {
      await request(`${api.url}/api/auth/logout`, { method: 'POST', cookie: person.cookie })
    }
    return person
  }

  /** The Cookie header of a caller of this kind, the subject's where it is them; a `fresh` one is not shared. */
  return async function cookieOf(
    kind: CallerKind,
    subject: Person,
    options: { readonly fresh?: boolean } = {},
  ): Promise<string | undefined> {
    if (kind === 'nobody') return undefined
    if (kind === 'oneself') return signIn(api, subject.email)
    if (kind === 'oneself, made viewer') {
      const cookie = await signIn(api, subject.email)
      await sql.run("UPDATE memberships SET role = 'viewer' WHERE user_id = $1", [subject.id])
      return cookie
    }
    if (options.fresh) return (await create(kind)).cookie
    const person = kept.get(kind) ?? create(kind)
    kept.set(kind, person)
    return (await person).cookie
  }
}
