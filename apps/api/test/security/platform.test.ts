import type { NewOAuthClient } from '@repo/auth'
import { beforeAll, describe, expect, it } from 'vitest'
import { createServices } from '../../src/services.ts'
import { type Administrator, createAdministrator, readAudit } from '../support/administer.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { createWorld, type World } from '../support/create-world.ts'
import { outcomeOf } from '../support/organizations.ts'
import { endSlowness, slowDown } from '../support/slow-down.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let admin: Administrator

useWorld((made) => {
  ;({ api, world } = made)
})

beforeAll(async () => {
  admin = await createAdministrator(world)
})

const demote = ({ ask }: Administrator, { id }: { readonly id: string }) =>
  ask(`PATCH /admin/users/${id}`, { platformRole: null })

async function administrators(): Promise<number> {
  const rows = await world.sql.run("SELECT id FROM users WHERE platform_role = 'admin'")
  return rows.length
}

describe('an administrator', () => {
  it.each([
    ['the role', 'PATCH', '', { platformRole: 'support' }],
    ['access', 'PATCH', '', { suspended: true }],
    ['every session', 'POST', '/log-out', undefined],
    ['the second factor', 'POST', '/reset-second-factor', undefined],
  ] as const)(
    'does not take %s from themselves, but from another',
    async (_what, method, path, body) => {
      const other = await createAdministrator(world)
      const take = (id: string) => admin.ask(`${method} /admin/users/${id}${path}`, body)
      expect(outcomeOf(await take(admin.id))).toEqual([409, 'conflict'])
      expect(await admin.status()).toBe(200)
      expect((await take(other.id)).status).toBeLessThan(300)
    },
  )

  it('renames themselves as anybody', async () => {
    const renamed = await admin.ask(`PATCH /admin/users/${admin.id}`, { name: 'Root' })
    expect(renamed.body).toMatchObject({ name: 'Root', platformRole: 'admin' })
  })

  it('finds nobody under the id of a service, of who was erased, and of nobody', async () => {
    const erased = await world.createPerson()
    await createVisitor(api, erased.cookie).ask('DELETE /account')
    const { id: service } = await api.clients.create({
      ...{ kind: 'service', name: 'Service', redirectUris: [], scopes: [] },
      ...{ firstParty: false, organizationId: world.acme },
    })
    for (const id of [service, erased.id, crypto.randomUUID()]) {
      for (const path of ['/log-out', '/reset-second-factor']) {
        const answer = await admin.ask(`POST /admin/users/${id}${path}`)
        expect(outcomeOf(answer)).toEqual([404, 'not_found'])
      }
      const change = await admin.ask(`PATCH /admin/users/${id}`, { suspended: true })
      expect(outcomeOf(change)).toEqual([404, 'not_found'])
    }
  })
})

describe('two administrators who take the role from each other at once', () => {
  it('are one administrator afterwards', async () => {
    await slowDown(world.sql, 'UPDATE ON users')
    try {
      const before = await administrators()
      const [one, other] = [await createAdministrator(world), await createAdministrator(world)]
      const answers = await Promise.all([demote(one, other), demote(other, one)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403])
      expect(await administrators()).toBe(before + 1)
    } finally {
      await endSlowness(world.sql, 'UPDATE ON users')
    }
  })
})

describe('the last administrator', () => {
  it('does not end their account, and of two who do at once one stays', async () => {
    const alone = await startApi()
    const its = await createWorld(alone)
    try {
      const leave = ({ ask }: Administrator) => ask('DELETE /account')
      const root = await createAdministrator(its)
      expect(outcomeOf(await leave(root))).toEqual([409, 'conflict'])
      expect(await root.status()).toBe(200)
      const other = await createAdministrator(its)
      const answers = await Promise.all([leave(root), leave(other)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409])
      const left = "SELECT FROM users WHERE platform_role = 'admin'"
      expect(await its.sql.run(left)).toHaveLength(1)
    } finally {
      await its.close()
      await alone.close()
    }
  })
})

const program: NewOAuthClient = {
  kind: 'server',
  name: 'Server',
  redirectUris: ['https://server.test/'],
  scopes: [],
  firstParty: false,
  organizationId: null,
}

describe('a role on the platform that was taken after the door let its holder in', () => {
  const acts = {
    'a new account': (by: string) =>
      api.platform.users.create(by, { email: `${by}@x.test`, name: 'N', platformRole: 'admin' }),
    'a change': (by: string, of: string) => api.platform.users.update(by, of, { name: 'N' }),
    'a log-out': (by: string, of: string) => api.platform.users.logOut(by, of),
    'a reset': (by: string, of: string) => api.platform.users.resetSecondFactor(by, of),
    'a new program': (by: string) => api.platform.oauthClients.create(by, program),
    'a change of a program': async (by: string) => {
      const { id } = await api.clients.create(program)
      return api.platform.oauthClients.update(by, id, { name: 'N' })
    },
    'a new secret': async (by: string) =>
      api.platform.oauthClients.rotateSecret(by, (await api.clients.create(program)).id),
    'the end of a program': async (by: string) =>
      api.platform.oauthClients.delete(by, (await api.clients.create(program)).id),
    'a plan': (by: string) =>
      api.platform.organizations.update(by, world.acme, { plan: 'business' }),
  } satisfies Record<string, (by: string, of: string) => Promise<unknown>>

  it.each(Object.entries(acts))('is worth nothing for %s', async (_what, act) => {
    const { id } = await createAdministrator(world)
    const person = await world.createPerson()
    const set = (role: string | null, disabledAt: Date | null = null) =>
      world.sql.run('UPDATE users SET platform_role = $2, disabled_at = $3 WHERE id = $1', [
        ...[id, role, disabledAt],
      ])
    for (const change of [() => set(null), () => set('support'), () => set('admin', new Date())]) {
      await change()
      await expect(act(id, person.id)).rejects.toMatchObject({ code: 'forbidden' })
    }
    await set('admin')
    await expect(act(id, person.id)).resolves.toBeDefined()
  })
})

describe('what an administrator does', () => {
  it('is on the audit log with who, to whom, and what it was before, refused or not', async () => {
    const person = await world.createPerson()
    await admin.ask(`PATCH /admin/users/${person.id}`, { suspended: true })
    await admin.ask(`PATCH /admin/users/${admin.id}`, { suspended: true })
    const events = await readAudit(world, admin, { person: admin.id, action: 'admin.users.update' })
    const about = { action: 'admin.users.update', actor: admin.id, onBehalfOf: null }
    expect(events.slice(0, 2)).toMatchObject([
      { ...about, target: admin.id, outcome: 'denied', code: 'conflict', before: null },
      {
        ...about,
        target: person.id,
        outcome: 'success',
        before: { platformRole: null, suspended: false },
        after: { platformRole: null, suspended: true },
      },
    ])
  })

  it('says that a name was given, and not which', async () => {
    const person = await world.createPerson()
    await admin.ask(`PATCH /admin/users/${person.id}`, { name: 'Somebody Else' })
    const [event] = await readAudit(world, admin, { person: person.id })
    expect(event).toMatchObject({ after: { suspended: false, nameGiven: true } })
    expect(JSON.stringify(event)).not.toContain('Somebody Else')
  })

  it('keeps apart what each call of a batch changed', async () => {
    const people = [await world.createPerson(), await world.createPerson()]
    const calls = people.map(({ id }, index) => [index, { userId: id, suspended: index === 0 }])
    const path = `${api.url}/trpc/admin.users.update,admin.users.update?batch=1`
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: admin.cookie },
      body: JSON.stringify(Object.fromEntries(calls)),
    })
    expect(answer.status).toBe(200)
    const states = await Promise.all(
      people.map(async ({ id }) => (await readAudit(world, admin, { target: id }))[0]?.['after']),
    )
    expect(states).toMatchObject([{ suspended: true }, { suspended: false }])
  })

  it('tells of an OAuth client what changed, and no secret', async () => {
    const made = await admin.ask('POST /admin/oauth-clients', {
      ...{ kind: 'server', name: 'Old', scopes: ['order:read:own'] },
      redirectUris: ['https://app.test/callback'],
    })
    const clientId = String(made.body?.['id'])
    await admin.ask(`PATCH /admin/oauth-clients/${clientId}`, { name: 'New', disabled: true })
    const [changed, created] = await readAudit(world, admin, { target: clientId })
    expect(created).toMatchObject({ after: { name: 'Old', kind: 'server' } })
    expect(changed).toMatchObject({
      before: { name: 'Old', disabled: false },
      after: { name: 'New', disabled: true },
    })
    await admin.ask(`DELETE /admin/oauth-clients/${clientId}`)
    const [deleted] = await readAudit(world, admin, { target: clientId })
    expect(deleted).toMatchObject({ before: { name: 'New', kind: 'server' }, after: null })
    expect(JSON.stringify([deleted, changed, created])).not.toContain(made.body?.['secret'])
  })
})

describe('an API without DATABASE_PLATFORM_URL', () => {
  it('serves everybody, and no administrator', async () => {
    const closed = await startApi({ environment: { DATABASE_PLATFORM_URL: '' } })
    const its = await createWorld(closed)
    try {
      const root = await createAdministrator(its)
      expect(outcomeOf(await root.ask('GET /admin/users'))).toEqual([503, 'platform_off'])
      expect(await root.status()).toBe(200)
      const person = await its.createPerson()
      const refused = await createVisitor(closed, person.cookie).ask('GET /admin/users')
      expect(outcomeOf(refused)).toEqual([403, 'forbidden'])
    } finally {
      await its.close()
      await closed.close()
    }
  })

  it('does not start over another database than it serves', async () => {
    const { Secret } = await import('@repo/config')
    const other = await startApi()
    try {
      const databasePlatformUrl = new Secret(other.database.platformUrl)
      const config = { ...api.services.config, databasePlatformUrl }
      await expect(createServices(config)).rejects.toThrow('name two databases')
    } finally {
      await other.close()
    }
  })

  it.each([
    ['the serving role', 'appUrl', "does not reach the platform's schema"],
    ['the owner', 'ownerUrl', 'owns tables'],
  ] as const)('does not start as %s', async (_who, url, problem) => {
    const { Secret } = await import('@repo/config')
    const databasePlatformUrl = new Secret(api.database[url])
    const config = { ...api.services.config, databasePlatformUrl }
    await expect(createServices(config)).rejects.toThrow(problem)
  })
})
