import { keyPermissions, type Permission } from '@repo/rbac'
import type { CallerKind } from './access-matrix.ts'
import { join, openSession, type Person, type World } from './create-world.ts'
import { createRole, giveRole } from './custom-roles.ts'
import { impersonate } from './impersonate.ts'
import { createFirstPartyClient, issueToken } from './issue-token.ts'
import { type Asked, request } from './request.ts'

/** Who calls, and what their request carries. */
export interface CallerOf {
  readonly person: Person | null
  readonly asked: Pick<Asked, 'cookie' | 'headers'>
}

const withCookie = (person: Person): CallerOf => ({ person, asked: { cookie: person.cookie } })

/** Makes the callers of the access matrix as they come to be: signed in first, then changed. */
export function createCallers(world: World) {
  const { api, sql, globex } = world
  const foreign = { organizationId: globex }
  const change = (text: string, { id }: Person) => sql.run(text, [id])

  async function withKey(person: Person, permissions: readonly Permission[] = keyPermissions) {
    const owner = { userId: person.id, organizationId: person.organizationId, name: 'Key' }
    const { key } = await api.services.apiKeys.create({ ...owner, permissions, maxAgeDays: 30 })
    return { person, asked: { headers: { authorization: `Bearer ${key}` } } }
  }

  let client: Promise<string> | undefined
  async function withToken(person: Person, scopes: readonly Permission[] = keyPermissions) {
    client ??= createFirstPartyClient(api)
    const token = await issueToken(api, { clientId: await client, person, scopes })
    return { person, asked: { headers: { authorization: `Bearer ${token}` } } }
  }

  async function changed(text: string, person: Person): Promise<CallerOf> {
    await change(text, person)
    return withCookie(person)
  }

  /** Somebody whose role was made of a permission, after they signed in. */
  async function ofCustomRole(permission: Permission, person: Person): Promise<Person> {
    const { organizationId } = person
    const role = { organizationId, permissions: [permission], name: permission }
    await giveRole(world, person, await createRole(world, role))
    return person
  }

  const makers: Readonly<Record<CallerKind, (subject: Person) => Promise<CallerOf>>> = {
    nobody: async () => ({ person: null, asked: {} }),
    expired: async () =>
      changed(
        'UPDATE sessions SET expires_at = now() WHERE user_id = $1',
        await world.createPerson(),
      ),
    async 'logged out'() {
      const person = await world.createPerson()
      const { cookie } = person
      await request(`${api.url}/api/auth/logout`, { method: 'POST', cookie })
      return withCookie(person)
    },
    disabled: async () =>
      changed('UPDATE users SET disabled_at = now() WHERE id = $1', await world.createPerson()),
    unverified: async () =>
      changed(
        'UPDATE users SET email_verified_at = NULL WHERE id = $1',
        await world.createPerson(),
      ),
    async 'half signed in'() {
      const person = await world.createPerson()
      return withCookie({
        ...person,
        cookie: await openSession(api, person.id, { pending: true }),
      })
    },
    oneself: async (subject) => withCookie(subject),
    'oneself, an hour after': (subject) =>
      changed(
        "UPDATE sessions SET authenticated_at = now() - interval '1 hour' WHERE user_id = $1",
        subject,
      ),
    async 'oneself, impersonated'(subject) {
      const admin = await world.createPerson({ ...foreign, platformRole: 'admin' })
      return withCookie({ ...subject, cookie: await impersonate(world, { admin, as: subject }) })
    },
    'oneself, made viewer': (subject) =>
      changed("UPDATE memberships SET role = 'viewer' WHERE user_id = $1", subject),
    'own key': (subject) => withKey(subject),
    'own key, to read orders': (subject) => withKey(subject, ['order:read:own']),
    async 'own key, revoked'(subject) {
      const caller = await withKey(subject)
      await change('DELETE FROM api_keys WHERE user_id = $1', subject)
      return caller
    },
    async 'own key, expired'(subject) {
      const caller = await withKey(subject)
      await change('UPDATE api_keys SET expires_at = now() WHERE user_id = $1', subject)
      return caller
    },
    'own token': (subject) => withToken(subject),
    'own token, to read orders': (subject) => withToken(subject, ['order:read:own']),
    async 'own token, its grant revoked'(subject) {
      const caller = await withToken(subject)
      await change('DELETE FROM oauth_grants WHERE user_id = $1', subject)
      return caller
    },
    'oneself, of a custom role to read own orders': async (subject) =>
      withCookie(await ofCustomRole('order:read:own', subject)),
    'custom role, to read orders': async () =>
      withCookie(await ofCustomRole('order:read:any', await world.createPerson())),
    'key of a custom role, to read orders': async () =>
      withKey(await ofCustomRole('order:read:any', await world.createPerson())),
    viewer: async () => withCookie(await world.createPerson({ role: 'viewer' })),
    member: async () => withCookie(await world.createPerson()),
    admin: async () => withCookie(await world.createPerson({ role: 'admin' })),
    "an admin's key": async () => withKey(await world.createPerson({ role: 'admin' })),
    owner: async () => withCookie(await world.createPerson({ role: 'owner' })),
    removed: async () =>
      changed(
        'UPDATE memberships SET removed_at = now() WHERE user_id = $1',
        await world.createPerson(),
      ),
    async 'key of one removed'() {
      const person = await world.createPerson()
      const caller = await withKey(person)
      await change('UPDATE memberships SET removed_at = now() WHERE user_id = $1', person)
      return caller
    },
    'foreign member': async () => withCookie(await world.createPerson(foreign)),
    'foreign owner': async () =>
      withCookie(await world.createPerson({ ...foreign, role: 'owner' })),
    'platform admin': async () =>
      withCookie(await world.createPerson({ ...foreign, role: 'owner', platformRole: 'admin' })),
    'platform admin, an hour after': async () =>
      changed(
        "UPDATE sessions SET authenticated_at = now() - interval '1 hour' WHERE user_id = $1",
        await world.createPerson({ ...foreign, role: 'owner', platformRole: 'admin' }),
      ),
    "a platform admin's key": async () =>
      withKey(await world.createPerson({ ...foreign, role: 'owner', platformRole: 'admin' })),
    'platform support': async () =>
      withCookie(await world.createPerson({ ...foreign, role: 'owner', platformRole: 'support' })),
    async 'of two tenants, none named'() {
      const person = await world.createPerson()
      await join(sql, globex, person.id, 'member')
      return withCookie(person)
    },
  }

  /** A new caller of this kind; the subject where it is them. */
  return (kind: CallerKind, subject: Person): Promise<CallerOf> => makers[kind](subject)
}
