import { describe, expect, it } from 'vitest'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { password } from '../support/create-world.ts'
import { postForm } from '../support/post-form.ts'
import { problemOf } from '../support/problem-of.ts'
import { type OAuthBench, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench
let admin: Visitor

useOAuth(async (made) => {
  bench = made
  const person = await made.world.createPerson({ platformRole: 'admin' })
  admin = createVisitor(made.api, person.cookie)
})

const browser = {
  kind: 'browser',
  name: 'Web app',
  scopes: ['order:read:own'],
  redirectUris: ['https://app.test/callback'],
}
const service = () => ({
  kind: 'service',
  name: 'Sync',
  scopes: ['order:read:own'],
  organizationId: bench.world.acme,
})
const create = (client: object, visitor = admin) => visitor.ask('POST /admin/oauth-clients', client)

async function list(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { body } = await admin.ask('GET /admin/oauth-clients?limit=100')
  const items = body?.['items']
  return Array.isArray(items) ? items : []
}

describe('an administrator of the platform', () => {
  it('gives a scheme of its own to what is installed on a machine alone', async () => {
    const redirectUris = ['com.example.app:/callback']
    const refused = await create({ ...browser, redirectUris })
    expect(refused.body).toMatchObject({ code: 'invalid_input' })
    const { body } = await create(browser)
    const change = await admin.ask(`PATCH /admin/oauth-clients/${body?.['id']}`, { redirectUris })
    expect(change.body).toMatchObject({ code: 'invalid_input' })
    expect((await create({ ...browser, kind: 'native', redirectUris })).status).toBe(201)
  })

  it('makes a browser’s client, which has no secret', async () => {
    const { status, body } = await create(browser)
    expect([status, body?.['secret']]).toEqual([201, null])
    const made = (await list()).find(({ id }) => id === body?.['id'])
    expect(made).toMatchObject({
      ...browser,
      firstParty: false,
      organizationId: null,
      disabledAt: null,
    })
  })

  it('makes a service, whose secret is shown once and kept as a hash', async () => {
    const { status, body } = await create(service())
    const { id, secret } = body ?? {}
    expect([status, secret]).toEqual([201, expect.stringMatching(/^rs_live_[\w-]{49}$/)])
    expect(JSON.stringify(await list())).not.toContain(String(secret))
    const [row] = await bench.world.sql.run('SELECT secret_hash FROM oauth_clients WHERE id = $1', [
      id,
    ])
    expect(row?.['secret_hash']).toMatch(/^[0-9a-f]{64}$/)
    const members = 'SELECT role FROM memberships WHERE user_id = $1'
    expect(await bench.world.sql.run(members, [id])).toEqual([{ role: 'member' }])
  })

  it('replaces a secret; the one before works for another day', async () => {
    const { body } = await create(service())
    const path = `/admin/oauth-clients/${body?.['id']}/rotate-secret` as const
    const rotated = await admin.ask(`POST ${path}`)
    expect(rotated.status).toBe(201)
    for (const secret of [body?.['secret'], rotated.body?.['secret']]) {
      const form = { grant_type: 'client_credentials', scope: 'order:read:own' }
      const basic = [String(body?.['id']), String(secret)] as const
      expect((await postForm(`${bench.origin}/oauth/token`, form, { basic })).status).toBe(200)
    }
    const { body: open } = await create(browser)
    const refused = await admin.ask(`POST /admin/oauth-clients/${open?.['id']}/rotate-secret`)
    expect([refused.status, problemOf(refused.body)?.code]).toEqual([409, 'conflict'])
  })

  it('changes, disables, enables and deletes a client', async () => {
    const { body } = await create(browser)
    const id = String(body?.['id'])
    const change = (input: object) => admin.ask(`PATCH /admin/oauth-clients/${id}`, input)
    const find = async () => (await list()).find((one) => one['id'] === id)
    expect((await change({ name: 'New', scopes: [] })).status).toBe(204)
    expect(await find()).toMatchObject({
      name: 'New',
      scopes: [],
      redirectUris: browser.redirectUris,
    })
    expect((await change({ disabled: true })).status).toBe(204)
    expect(await find()).toMatchObject({ disabledAt: expect.any(String) })
    expect((await change({ disabled: false })).status).toBe(204)
    expect(await find()).toMatchObject({ disabledAt: null, name: 'New' })
    expect((await admin.ask(`DELETE /admin/oauth-clients/${id}`)).status).toBe(204)
    expect(await find()).toBeUndefined()
    expect((await change({ name: 'Late' })).status).toBe(404)
    expect((await admin.ask(`DELETE /admin/oauth-clients/${id}`)).status).toBe(404)
  })

  it.each([
    [
      'a browser’s client without redirect URIs',
      () => ({ ...browser, redirectUris: undefined }),
      '/redirectUris',
    ],
    [
      'a browser’s client in an organization',
      () => ({ ...browser, organizationId: bench.world.acme }),
      '/organizationId',
    ],
    [
      'a service with redirect URIs',
      () => ({ ...service(), redirectUris: browser.redirectUris }),
      '/redirectUris',
    ],
    [
      'a service of nowhere',
      () => ({ ...service(), organizationId: undefined }),
      '/organizationId',
    ],
    [
      'a redirect URI by plain HTTP',
      () => ({ ...browser, redirectUris: ['http://app.test/'] }),
      '/redirectUris/0',
    ],
    [
      'a permission that no program gets',
      () => ({ ...browser, scopes: ['apiKey:create:own'] }),
      '/scopes/0',
    ],
    ['an unknown field', () => ({ ...browser, secret: 'mine' }), '/secret'],
  ])('is told what is wrong with %s', async (_what, make, pointer) => {
    const before = (await list()).length
    const answer = await create(make())
    expect([answer.status, problemOf(answer.body)?.errors?.[0]?.pointer]).toEqual([400, pointer])
    expect(await list()).toHaveLength(before)
  })

  it('is told that an organization is not there', async () => {
    const answer = await create({ ...service(), organizationId: crypto.randomUUID() })
    expect(answer.status).toBe(404)
  })
})

describe('nobody else', () => {
  it.each(['owner', 'admin', 'member'])(
    'an %s of an organization manages no client',
    async (role) => {
      const person = await bench.world.createPerson({ role })
      const answer = await create(browser, createVisitor(bench.api, person.cookie))
      expect([answer.status, problemOf(answer.body)?.code]).toEqual([403, 'forbidden'])
    },
  )

  it('what they tried is in the audit log', async () => {
    const { id, cookie } = await bench.world.createPerson({ role: 'owner' })
    await create(browser, createVisitor(bench.api, cookie))
    await bench.api.services.audit.flush()
    const text =
      'SELECT action, outcome, code FROM audit.page($1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 9)'
    expect(await bench.world.sql.run(text, [id])).toEqual([
      { action: 'admin.oauthClients.create', outcome: 'denied', code: 'forbidden' },
    ])
  })

  it('in production an administrator needs a second factor', async () => {
    const { services } = bench.api
    const { requirePlatformPermission } = await import(
      '../../src/procedures/require-platform-permission.ts'
    )
    const person = await bench.world.createPerson({ platformRole: 'admin' })
    const identity =
      (await services.sessions.find(person.cookie.split('=')[1] ?? ''))?.identity ?? null
    const production = {
      clock: services.clock,
      config: { ...services.config, nodeEnv: 'production' as const },
    }
    const enter = (of: typeof identity) => () =>
      requirePlatformPermission(of, 'oauthClient:create', production)
    expect(enter(identity)).toThrow(expect.objectContaining({ code: 'second_factor_required' }))
    const strong = identity && {
      ...identity,
      credential: { ...identity.credential, secondFactor: true },
    }
    expect(enter(strong)()).toMatchObject({ userId: person.id })
  })
})

it('a service’s user has no way in but its client', async () => {
  const { body } = await create(service())
  const email = `service-${body?.['id']}@service.invalid`
  const visitor = createVisitor(bench.api)
  const given = { email, password: String(body?.['secret']) }
  for (const login of [{ email, password }, given]) {
    expect((await visitor.ask('POST /auth/login', login)).body).toMatchObject({
      code: 'invalid_input',
    })
  }
  // Nor by a mail, which whoever has that domain would read.
  expect((await visitor.ask('POST /auth/password/forgot', { email })).status).toBe(400)
  const person = await bench.world.createPerson()
  const { email: real } = person
  expect((await visitor.ask('POST /auth/password/forgot', { email: real })).status).toBe(202)
})
